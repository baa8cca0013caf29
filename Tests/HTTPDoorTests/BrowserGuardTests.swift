import HTTPServing
import HTTPTypes
import Testing

@testable import HTTPDoor

@Suite
struct BrowserGuardTests {
    private func refusal(
        _ headers: [(String, String)],
        target: String = "/v1/jobs/x/cancel",
        servesPage: Bool = true
    ) throws -> String? {
        var fields: HTTPFields = [:]
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        return BrowserGuard.objection(
            to: Request(method: .post, target: target, headers: fields),
            names: ["Node7.example"],
            servesPage: servesPage
        )
    }

    @Test func whatAWebPageSendsIsRefused() throws {
        let why = try refusal([("Host", "127.0.0.1:7700"), ("Origin", "https://evil.example")])
        #expect(why?.hasPrefix("it has an Origin field, as requests of web pages do") == true)
        #expect(try refusal([("Host", "127.0.0.1:7700"), ("Origin", "null")]) != nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1:7700", true), ("https://127.0.0.1:7700", true), ("http://127.0.0.1", false),
        ("http://127.0.0.1:77001", false), ("ftp://127.0.0.1:7700", false), ("http://localhost:7700", false),
    ])
    func thePageThatComesFromHereMayAsk(origin: String, isTaken: Bool) throws {
        let headers = [("Host", "127.0.0.1:7700"), ("Origin", origin), ("Sec-Fetch-Site", "same-origin")]
        #expect(try (refusal(headers) == nil) == isTaken)
        let why = try refusal(headers, servesPage: false)
        #expect(why == "it has an Origin field, as requests of web pages do", "where no page comes from")
        // Its own name made to lead here is no better for being the page's origin.
        #expect(try refusal([("Host", "evil.example"), ("Origin", "http://evil.example")]) != nil)
    }

    @Test(arguments: ["cross-site", "same-site", "CROSS-SITE", ""])
    func whatAPageAsksForWithoutOriginIsRefused(site: String) throws {
        let why = try refusal([("Host", "127.0.0.1:7700"), ("Sec-Fetch-Site", site)])
        #expect(why == "its Sec-Fetch-Site field says that a web page of another origin sent it")
    }

    @Test(arguments: ["none", "same-origin"])
    func whatSomebodyTypedIsTaken(site: String) throws {
        #expect(try refusal([("Host", "127.0.0.1:7700"), ("Sec-Fetch-Site", site)]) == nil)
    }

    @Test(arguments: [
        "http://evil.example/v1/jobs", "HTTPS://evil.example:7700?x=/127.0.0.1", "http://evil",
        "http://127.0.0.1@evil.example/", "http://[evil.example]/",
    ])
    func aTargetThatNamesAnotherHostIsRefused(target: String) throws {
        let why = try refusal([("Host", "127.0.0.1")], target: target)
        #expect(why == "its target names neither an address nor this machine")
    }

    @Test(arguments: ["http://127.0.0.1:7700/v1/jobs", "http://localhost", "http://[::1]:7700/a?b", "*"])
    func aTargetThatNamesThisMachineIsTaken(target: String) throws {
        #expect(try refusal([("Host", "127.0.0.1")], target: target) == nil)
    }

    @Test(arguments: [
        "evil.example", "evil.example:7700", "127.0.0.1.evil.example:7700", "1.2.3.4x.example", "evil",
        "evil.", "[evil.example]", "[evil]:7700", "[::1].evil.example", "[::1", "[127.0.0.1]",
        "node7.evil.example", "", ":7700", ".", "..:7700",
    ])
    func aNameThatWasMadeToLeadHereIsRefused(host: String) throws {
        #expect(try refusal([("Host", host)]) == "its Host field names neither an address nor this machine")
    }

    @Test(arguments: [
        "127.0.0.1:7700", "127.0.0.1", "[::1]:7700", "localhost:7700", "node7", "NODE7.example:7700",
        "LOCALHOST", "[::ffff:127.0.0.1]",
    ])
    func theServicesOwnNamesAreTaken(host: String) throws {
        #expect(try refusal([("Host", host)]) == nil)
    }

    @Test func aClientThatNamesNoHostIsTaken() throws {
        #expect(try refusal([]) == nil)
    }
}
