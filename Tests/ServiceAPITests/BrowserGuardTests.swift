import HTTPServing
import HTTPTypes
import Testing

@testable import ServiceAPI

@Suite
struct BrowserGuardTests {
    private func refusal(_ headers: HTTPFields) -> Problem? {
        do throws(Problem) {
            try BrowserGuard.check(Request(method: .post, target: "/v1/jobs/x/cancel", headers: headers))
            return nil
        } catch {
            return error
        }
    }

    @Test func `what a web page sends is refused`() {
        let problem = refusal([.host: "127.0.0.1:7700", .origin: "https://evil.example"])
        #expect(problem?.status == .forbidden)
        #expect(problem?.code == "forbidden")
        #expect(refusal([.host: "127.0.0.1:7700", .origin: "null"]) != nil)
    }

    @Test(arguments: ["evil.example", "evil.example:7700", "127.0.0.1.evil.example:7700", "1.2.3.4x.example"])
    func `a name that was made to lead here is refused`(host: String) {
        #expect(refusal([.host: host])?.code == "forbidden")
    }

    @Test(arguments: ["127.0.0.1:7700", "127.0.0.1", "[::1]:7700", "localhost:7700", "node7", ""])
    func `the service's own names are taken`(host: String) {
        #expect(refusal([.host: host]) == nil)
    }

    @Test func `a client that names no host is taken`() {
        #expect(refusal([:]) == nil)
    }
}
