import HTTPServing
import HTTPTypes
import Testing

/// Answers at once under `/now` and `/flow`, in its own time elsewhere.
private struct QuickHandler: HTTPHandler {
    func respondAtOnce(to request: Request) -> Response? {
        if request.target.hasPrefix("/now") {
            return Response(body: .bytes(Array("<\(request.target)>".utf8)), route: "/now")
        }
        guard request.target.hasPrefix("/flow") else { return nil }
        return Response(
            body: .stream(length: nil, endless: false) { writer in
                for part in ["one,", "two"] { try await writer.write(Array(part.utf8)) }
            }
        )
    }

    func respond(to request: Request) async -> Response {
        await Task.yield()
        return Response(body: .bytes(Array("<\(request.target)>".utf8)))
    }
}

@Suite(.timeLimit(.minutes(1)))
struct AtOnceTests {
    private func run(_ body: (TestServer) async throws -> Void) async throws {
        try await TestServer.run(handler: QuickHandler(), body)
    }

    @Test func `answers at once and later ones keep the order of their requests`() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            let targets = (0..<1_000).map { $0 % 7 == 0 ? "/later/\($0)" : "/now/\($0)" } + ["/now/end"]
            try await client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let answers = try await client.receive(through: "</now/end>")
            let order = answers.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }
            #expect(order.map(String.init) == targets)
        }
    }

    @Test func `a body that nobody reads is passed over`() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            try await client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGE")
            _ = try await client.receive(through: "</now>")
            try await client.send("T GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(through: "</later>").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `HEAD gets the length alone, and a client that asks for the end gets it`() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            try await client.send("HEAD /now HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.receive(through: "\r\n\r\n")
            #expect(head.contains("Content-Length: 6\r\n"))
            let last = try await client.exchange("GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(last.hasPrefix("HTTP/1.1 200"))
            #expect(last.hasSuffix("Connection: close\r\n\r\n</now>"))
            #expect(server.records.map(\.route) == ["/now", "/now"])
        }
    }

    @Test func `a stream runs in a task of its own`() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            try await client.send("GET /flow HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.receive(through: "</now>")
            #expect(answers.contains("\r\n\r\n4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200"))
        }
    }
}
