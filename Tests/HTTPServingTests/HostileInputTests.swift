import HTTPServing
import Testing

/// What strangers send, on live sockets: each is answered with a status and a closed connection.
@Suite(.timeLimit(.minutes(10)))
struct HostileInputTests {
    @Test(arguments: [
        ("two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        (
            "length and chunked",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("repeated length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\nx"),
        ("bare line feed", "GET / HTTP/1.1\nHost: x\n\n"),
        ("folded field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"),
        ("control byte", "GET / HTTP/1.1\r\nHost: x\r\nA: \u{01}\r\n\r\n"),
        ("NUL", "GET / HTTP/1.1\r\nHost: x\r\nA: \u{00}\r\n\r\n"),
        ("space before colon", "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"),
        ("absurd target", "GET \u{7f}\u{01} HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("no host", "GET / HTTP/1.1\r\n\r\n"), ("two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
        ("TLS hello", "\u{16}\u{03}\u{01}\r\n\r\n"), ("nonsense", "\r\n\r\n\r\n"),
    ])
    func aMalformedRequestGets400AndTheEnd(name: String, text: String) async throws {
        try await TestServer.run { server in
            // A good request behind it must not be looked at.
            let answer = try await RawClient(server.address).exchange(
                text + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            #expect(
                answer.hasPrefix("HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n")
            )
            #expect(
                answer.contains(
                    "\r\nConnection: close\r\n\r\n{\"type\":\"about:blank\",\"title\":\"Bad Request\""
                )
            )
            #expect(!answer.contains("smuggled"))
            #expect(!server.records.contains { $0.target == "/smuggled" })
        }
    }

    @Test(arguments: [
        "g\r\n", "1\r\nab\r\n0\r\n\r\n", "1\nx\r\n0\r\n\r\n", "-1\r\n", "FFFFFFFFFFFFFFFFF\r\n",
        "1\r\nx\r\n0\r\nbad\r\n\r\n",
    ])
    func aBadChunkGets400AndTheEnd(body: String) async throws {
        try await TestServer.run { server in
            let answer = try await RawClient(server.address).exchange(
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(body)GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.hasSuffix("bad_request"))
            #expect(!server.records.contains { $0.target == "/smuggled" })
        }
    }

    @Test func aHeadThatIsTooLargeGets431BeforeItEnds() async throws {
        try await TestServer.run { server in
            let field = "X: " + String(repeating: "a", count: 1_000) + "\r\n"
            let answer = try await RawClient(server.address).exchange(
                "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: field, count: 20)
            )
            #expect(answer.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
            let many = String(repeating: "A: b\r\n", count: 100)
            let second = try await RawClient(server.address).exchange(
                "GET / HTTP/1.1\r\nHost: x\r\n\(many)\r\n"
            )
            #expect(second.hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test func aTargetThatIsTooLongGets414BeforeItEnds() async throws {
        try await TestServer.run { server in
            let answer = try await RawClient(server.address).exchange(
                "GET /" + String(repeating: "a", count: 9_000)
            )
            #expect(answer.hasPrefix("HTTP/1.1 414 URI Too Long\r\n"))
        }
    }

    @Test func aBodyThatIsDeclaredTooLongGets413BeforeItIsSent() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 100
        try await TestServer.run(limits: limits) { server in
            let answer = try await RawClient(server.address).exchange(
                "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("\"code\":\"too_large\""))
        }
    }

    @Test func aChunkedBodyThatGrowsTooLongGets413AndTheEnd() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 100
        try await TestServer.run(limits: limits) { server in
            let chunk = "40\r\n" + String(repeating: "x", count: 64) + "\r\n"
            let answer = try await RawClient(server.address).exchange(
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)"
            )
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.hasSuffix("too_large"))
        }
    }

    @Test func anAnswerIsNotLostToTheResetThatUnreadBytesWouldCause() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 100
        try await TestServer.run(limits: limits) { server in
            let client = try RawClient(server.address)
            let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
            // Without a reset the client can send it all, though nobody wants it.
            let isTaken = try await client.send(head + String(repeating: "x", count: 1_000_000))
            #expect(isTaken)
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func http2Gets505AnUnknownExpectation417() async throws {
        try await TestServer.run { server in
            let preface = try await RawClient(server.address).exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            #expect(preface.hasPrefix("HTTP/1.1 505 "))
            let expects = try await RawClient(server.address).exchange(
                "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n"
            )
            #expect(expects.hasPrefix("HTTP/1.1 417 "))
        }
    }

    @Test func randomBytesDoNotDisturbTheOthers() async throws {
        try await TestServer.run { server in
            for _ in 0..<50 {
                let client = try RawClient(server.address)
                try await client.send((0..<500).map { _ in UInt8.random(in: 0...255) })
                client.reset()
            }
            let client = try RawClient(server.address)
            try await client.send("GET /fine HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.receive(through: "GET /fine ").hasPrefix("HTTP/1.1 200 "))
        }
    }
}
