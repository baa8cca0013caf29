import PrecacheClient
import Testing

@testable import PrecacheCommands

/// Addresses of the service's page, for who reads what is printed.
@Suite struct PageLinkTests {
    @Test func thePagesAddressIsPrintedForPeopleAlone() async {
        let service = FakeService(
            ["GET /v1/jobs/j": [.answer(200, Sample.jobJSON())]],
            address: "https://proxy.example/precache"
        )
        let shown = await ProgramRun(["job", "show", "j"], service: service)
        let link = "https://proxy.example/precache/ui/#/jobs/\(Sample.jobID)"
        #expect(shown.output.contains("\nPage         \(link)\n"), "\(shown.output)")
        for format in ["json", "yaml", "name"] {
            let run = await ProgramRun(["job", "show", "j", "-o", format], service: service)
            #expect(run.status == .succeeded && !run.output.contains("/ui/"), "\(run.output)")
        }
        let odd = #"{"host":{"name":"a/b#c"}}"#
        let host = FakeService(["GET /v1/hosts/x": [.answer(200, odd)]])
        let run = await ProgramRun(["host", "show", "x"], service: host)
        #expect(run.output.contains("http://service/ui/#/hosts/a%2Fb%23c\n"), "\(run.output)")
    }
}
