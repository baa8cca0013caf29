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

    @Test func climbsButNeverDescendsBetweenSchemes() throws {
        #expect(try hop("http://a/x").redirected(to: "https://a/x").headers[.authorization] == nil)
        let error = #expect(throws: FetchError.self) {
            try hop("https://a/x?k=secret").redirected(to: "http://a/?k=secret")
        }
        #expect(error?.code == .refusedRedirect)
        #expect(error?.message.contains("secret") == false)
    }
}
