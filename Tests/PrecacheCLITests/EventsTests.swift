import HTTPTypes
import PrecacheClient
import Testing

@testable import PrecacheCommands

/// `precache events`.
@Suite struct EventsTests {
    private static let path = "GET /v1/events?type=outcome&type=finished&aggregate=web&outcome=error"
    private static let options = [
        "--type", "outcome", "--type", "finished", "--aggregate", "web", "--outcome", "error",
    ]

    private func event(_ id: Int, job: String) -> String {
        """
        id: \(id)
        event: finished
        data: {"id":\(id),"job_id":"\(job)","aggregate":"web","type":"finished","at":"2026-11-23T10:00:00.000000Z",\
        "state":"failed","results":{"cached":0,"error":3},"reasons":{"no_space":3}}


        """
    }

    @Test func goOnAfterAJobsEndAndAfterTheLastIDThatCame() async throws {
        let service = FakeService([
            Self.path: [
                .stream([event(5, job: "one")], breaks: false),
                .stream(
                    [event(6, job: "two"), "id: 9\n\n", "id: 10\nevent: finished\ndata: {\"id\":10"],
                    breaks: true
                ),
                .answer(401, #"{"status":401,"code":"unauthorized","detail":"no"}"#),
            ]
        ])
        let run = await ProgramRun(["events"] + Self.options + ["--after", "3"], service: service)
        #expect(
            run.output
                == ["id=5  job_id=one", "id=6  job_id=two"].map {
                    "2026-11-23 10:00:00Z  finished  \($0)  aggregate=web  state=failed  results=error:3  reasons=no_space:3\n"
                }
                .joined()
        )
        let after = service.requests.map { request in
            request.headers.first { $0.name.canonicalName == "last-event-id" }?.value
        }
        #expect(after == ["3", "5", "9"] && run.status != .succeeded, "\(run.errors)")
    }

    @Test func asJSONEachIsALine() async throws {
        let service = FakeService([
            "GET /v1/events": [
                .stream([event(5, job: "one")], breaks: false),
                .answer(401, #"{"status":401,"code":"unauthorized","detail":"no"}"#),
            ]
        ])
        let run = await ProgramRun(["events", "--type", "all", "-o", "json"], service: service)
        #expect(
            run.output.hasPrefix(#"{"id":5,"job_id":"one","aggregate":"web","#) && run.output.hasSuffix("}\n")
        )
    }

    @Test(arguments: [["--type", "outcom"], ["--outcome", "bad"], ["--after", "x"], ["--after", ""]])
    func wrongWordsAreRefusedBeforeTheServiceIsAsked(options: [String]) async {
        let service = FakeService([:])
        let run = await ProgramRun(["events"] + options, service: service)
        #expect(run.status == .usage && service.requests.isEmpty, "\(run.errors)")
    }
}
