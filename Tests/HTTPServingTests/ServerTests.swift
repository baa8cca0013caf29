import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ServerTests {
    @Test func aRequestIsAnsweredAndTheConnectionKept() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            for number in 0..<3 {
                try await client.send("GET /\(number)?q HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try await client.receive(through: "/\(number)?q ")
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.contains("\r\nContent-Length: 9\r\n"))
                #expect(answer.contains("\r\nDate: "))
                #expect(!answer.contains("Connection:"))
            }
            #expect(server.server.connectionCount == 1)
        }
    }

    @Test func aClientThatAsksForTheEndGetsIt() async throws {
        try await TestServer.run { server in
            let answer = try await RawClient(server.address).exchange(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"
            )
            #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\nGET / "))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrderAlsoWhenHandlersTakeTheirTime() async throws {
        let handler = ClosureHandler { request in
            if request.target.hasSuffix("slow") { await Task.yield() }
            return Response(body: .bytes(Array("[\(request.target)]".utf8)))
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            let targets = (0..<200).map { $0 % 3 == 0 ? "/\($0)/slow" : "/\($0)" } + ["/end"]
            try await client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let answers = try await client.receive(through: "[/end]")
            let order = answers.split(separator: "[").dropFirst().map { $0.prefix { $0 != "]" } }
            #expect(order.map(String.init) == targets)
        }
    }

    @Test func aRequestMayComeByteByByte() async throws {
        var limits = ServerLimits()
        limits.headTimeout = .seconds(300)
        try await TestServer.run(limits: limits) { server in
            let client = try RawClient(server.address)
            for byte in "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8 {
                try await client.send([byte])
            }
            let answer = try await client.receive(through: "POST /x abc")
            #expect(answer.hasSuffix("\r\n\r\nPOST /x abc"))
        }
    }

    @Test func headGetsTheLengthAndNoBody() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /last HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.receive(through: "GET /last ")
            #expect(answers.contains("Content-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func http10IsClosedUnlessItAsksOtherwise() async throws {
        try await TestServer.run { server in
            let closed = try await RawClient(server.address).exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(closed.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(closed.contains("\r\nConnection: close\r\n"))
            let client = try RawClient(server.address)
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.receive(through: "GET / ").contains("\r\nConnection: keep-alive\r\n"))
        }
    }

    @Test func whatHandlersSayAboutFramingIsIgnored() async throws {
        let handler = ClosureHandler { _ in
            Response(
                status: .created,
                headers: [
                    .contentLength: "999", .transferEncoding: "chunked", .connection: "close", .date: "never",
                    .location: "/x",
                ],
                body: .bytes([65])
            )
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await client.receive(through: "\r\n\r\nA")
            #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\nLocation: /x\r\nDate: "))
            #expect(answer.hasSuffix(" GMT\r\nContent-Length: 1\r\n\r\nA"))
        }
    }

    @Test(arguments: [204, 304])
    func answersThatHaveNoBodyCarryNoLength(code: Int) async throws {
        let handler = ClosureHandler { _ in Response(status: .init(code: code), body: .bytes([1, 2, 3])) }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(through: "\r\n\r\n").contains("Content-Length") == false)
        }
    }

    @Test func connectionsAreSpreadOverTheLoopsAndAllAreServed() async throws {
        try await TestServer.run(loops: 3) { server in
            let clients = try (0..<12).map { _ in try RawClient(server.address) }
            for client in clients {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receive(through: "GET / ").hasPrefix("HTTP/1.1 200"))
            }
            withExtendedLifetime(clients) { #expect(server.server.connectionCount == 12) }
        }
    }

    @Test func recordsTellWhatBecameOfEachRequest() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            try await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
            _ = try await client.receive(through: "hi")
            _ = try await client.exchange("BROKEN\r\n\r\n")
            let records = server.records
            try #require(records.count == 2)
            #expect(records[0].method == .post)
            #expect(records[0].target == "/a")
            #expect(records[0].status == 200)
            #expect(records[0].bytesReceived == 2)
            #expect(records[0].bytesSent == 10)
            #expect(records[0].isComplete)
            #expect(records[0].id.hasPrefix("req-"))
            #expect(records[1].method == nil)
            #expect(records[1].status == 400)
        }
    }

    @Test func aStartThatCannotSucceedSaysWhy() async throws {
        try await TestServer.run { server in
            let taken = ServerConfiguration(address: "127.0.0.1", port: server.address.port)
            let error = try await TestServer.failure(taken)
            #expect(error?.code == .cannotListen)
            #expect(error?.message.hasSuffix("bind: Address already in use (98).") == true)
            let named = try await TestServer.failure(ServerConfiguration(address: "example.org", port: 1))
            #expect(named?.code == .badAddress)
        }
    }
}
