import HTTPTypes
import Testing

@testable import HTTPFetching

struct HopTests {
    private func hop(_ url: String) throws -> Hop {
        var request = FetchRequest(url: url, headers: [.authorization: "s", .range: "bytes=1-"])
        request.tls = ClientTLS(caFile: "ca", certificateFile: "c", keyFile: "k")
        request.connectTo = .init(address: "10.0.0.1", port: 1)
        return try Hop(request, defaultTLS: ClientTLS())
    }

    @Test func keepsEverythingWithinAnOrigin() throws {
        let next = try hop("https://a/x").redirected(to: "/y")
        #expect(next.headers[.authorization] == "s")
        #expect(next.tls.certificateFile == "c")
        #expect(next.connectTo?.address == "10.0.0.1")
    }

    @Test func leavesIdentityAndAddressBehindBetweenOrigins() throws {
        let next = try hop("https://a/x").redirected(to: "https://b/y")
        #expect(next.headers[.authorization] == nil)
        #expect(next.headers[.range] == "bytes=1-")
        #expect(next.tls == ClientTLS(caFile: "ca"))
        #expect(next.connectTo == nil)
    }

    @Test func descendsOnlyWhereItMayAndWithoutSecrets() throws {
        let rule = RedirectRule(allowsPlain: true)
        let next = try hop("https://a/x").redirected(to: "http://a/x", rule)
        #expect(next.url.scheme == "http" && next.headers[.authorization] == nil)
        #expect(next.headers[.range] == "bytes=1-")
    }

    @Test(arguments: [
        "http://127.0.0.1:2/x", "http://[::1]/", "http://169.254.169.254/latest", "http://0x7f.1/",
    ])
    func anotherOriginIsHeldToTheRule(location: String) throws {
        let rule = RedirectRule(addresses: .noInternal)
        let error = #expect(throws: FetchError.self) {
            try hop("http://127.0.0.1:1/x").redirected(to: location, rule)
        }
        #expect(error?.code == .refusedAddress && error?.retry == .permanent)
        #expect(try hop("http://127.0.0.1:1/x").redirected(to: "/y", rule).isElsewhere == false)
        #expect(try hop("http://127.0.0.1:1/x").redirected(to: "http://10.0.0.1/", rule).isElsewhere)
    }

    @Test func climbsButNeverDescendsBetweenSchemes() throws {
        #expect(try hop("http://a/x").redirected(to: "https://a/x").headers[.authorization] == nil)
        let error = #expect(throws: FetchError.self) {
            try hop("https://a/x?k=secret").redirected(to: "http://a/?k=secret")
        }
        #expect(error?.code == .refusedRedirect)
        #expect(error?.message.contains("secret") == false)
    }
}
