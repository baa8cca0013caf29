import HTTPDoor
import HTTPServing
import HTTPTypes
import Testing

@Suite
struct BrowserGuardTests {
    private func refusal(_ headers: [(String, String)]) throws -> String? {
        var fields: HTTPFields = [:]
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        return BrowserGuard.objection(
            to: Request(method: .post, target: "/v1/jobs/x/cancel", headers: fields)
        )
    }

    @Test func whatAWebPageSendsIsRefused() throws {
        let why = try refusal([("Host", "127.0.0.1:7700"), ("Origin", "https://evil.example")])
        #expect(why == "it has an Origin field, as requests of web pages do")
        #expect(try refusal([("Host", "127.0.0.1:7700"), ("Origin", "null")]) != nil)
    }

    @Test(arguments: ["evil.example", "evil.example:7700", "127.0.0.1.evil.example:7700", "1.2.3.4x.example"])
    func aNameThatWasMadeToLeadHereIsRefused(host: String) throws {
        #expect(try refusal([("Host", host)]) == "its Host field names neither an address nor this machine")
    }

    @Test(arguments: ["127.0.0.1:7700", "127.0.0.1", "[::1]:7700", "localhost:7700", "node7", ""])
    func theServicesOwnNamesAreTaken(host: String) throws {
        #expect(try refusal([("Host", host)]) == nil)
    }

    @Test func aClientThatNamesNoHostIsTaken() throws {
        #expect(try refusal([]) == nil)
    }
}
