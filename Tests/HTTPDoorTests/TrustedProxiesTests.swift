import HTTPDoor
import HTTPServing
import HTTPTypes
import Testing

@Suite struct TrustedProxiesTests {
    private let proxies = TrustedProxies(["127.0.0.1", "10.0.0.2", "2001:DB8::1"])

    private func caller(from peer: String, _ fields: String...) throws -> String {
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        var headers: HTTPFields = [:]
        for field in fields { headers.append(HTTPField(name: name, value: field)) }
        let sender = Peer(address: peer, port: 1, isLoopback: false)
        return proxies.caller(of: Request(method: .get, target: "/", headers: headers, peer: sender))
    }

    @Test func aNamedProxySaysWhomItSpeaksFor() throws {
        #expect(try caller(from: "127.0.0.1", "192.0.2.7") == "192.0.2.7")
        #expect(try caller(from: "2001:db8:0::1", "192.0.2.7") == "192.0.2.7")
        #expect(try caller(from: "127.0.0.1", "[2001:db8::7]:443") == "2001:db8:0:0:0:0:0:7")
        #expect(try caller(from: "127.0.0.1", "192.0.2.7:4711") == "192.0.2.7")
        #expect(try caller(from: "127.0.0.1", "::ffff:192.0.2.7") == "192.0.2.7")
        #expect(try caller(from: "::ffff:127.0.0.1", "192.0.2.7") == "192.0.2.7")
        #expect(try caller(from: "127.0.0.1", "192.0.2.7, 10.0.0.2") == "192.0.2.7", "proxies in a row")
    }

    @Test func nobodyElseDoes() throws {
        #expect(try caller(from: "192.0.2.9", "192.0.2.7") == "192.0.2.9")
        #expect(try caller(from: "127.0.0.1") == "127.0.0.1")
        #expect(TrustedProxies().caller(of: Request(method: .get, target: "/")) == "127.0.0.1")
    }

    @Test func whatACallerWroteItselfIsNotBelieved() throws {
        #expect(try caller(from: "127.0.0.1", "1.2.3.4, 192.0.2.7") == "192.0.2.7")
        #expect(
            try caller(from: "127.0.0.1", "1.2.3.4", "192.0.2.7") == "192.0.2.7",
            "two fields are one list"
        )
        for junk in ["unknown", "_hidden", "", "192.0.2.7,", "1.2.3", "localhost", "a.example", "[::1"] {
            #expect(try caller(from: "127.0.0.1", junk) == "127.0.0.1", "\(junk)")
        }
        let long = String(repeating: "1.2.3.4,", count: 1_000) + "192.0.2.7"
        #expect(try caller(from: "127.0.0.1", long) == "127.0.0.1")
        #expect(try caller(from: "127.0.0.1", "127.0.0.1, 10.0.0.2") == "127.0.0.1")
    }
}
