import HTTPServing
import HTTPTypes
import Synchronization
import Testing

/// Answers at once under `/now` and `/flow`, in its own time elsewhere.
private final class QuickHandler: HTTPHandler {
    let count = Atomic<Int>(0)

    func reply(to request: Request) -> Reply {
        count.add(1, ordering: .relaxed)
        if request.target.hasPrefix("/now") {
            return .ready(Response(body: .bytes(Array("<\(request.target)>".utf8)), route: "/now"))
        }
        guard request.target.hasPrefix("/flow") else {
            return .later {
                await Task.yield()
                return Response(body: .bytes(Array("<\(request.target)>".utf8)))
            }
        }
        return .ready(
            Response(
                body: .stream(length: nil, endless: false) { writer in
                    for part in ["one,", "two"] { try await writer.write(Array(part.utf8)) }
                }
            )
        )
    }
}

@Suite(.timeLimit(.minutes(10)))
struct AtOnceTests {
    private func run(_ body: (TestServer) async throws -> Void) async throws {
        try await TestServer.run(handler: QuickHandler(), body)
    }

    @Test func answersAtOnceAndLaterOnesKeepTheOrderOfTheirRequests() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            let targets = (0..<1_000).map { $0 % 7 == 0 ? "/later/\($0)" : "/now/\($0)" } + ["/now/end"]
            try await client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let answers = try await client.receive(through: "</now/end>")
            let order = answers.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }
            #expect(order.map(String.init) == targets)
        }
    }

    @Test func aBodyThatNobodyReadsIsPassedOver() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            try await client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGE")
            _ = try await client.receive(through: "</now>")
            try await client.send("T GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(through: "</later>").hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func headGetsTheLengthAloneAndAClientThatAsksForTheEndGetsIt() async throws {
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

    @Test func aClientThatPipelinesWithoutAPauseLeavesTheOthersTheirTurn() async throws {
        let handler = QuickHandler()
        let most = Atomic<Int>(0)
        let before = Atomic<Int>(0)
        let isOver = Atomic(false)
        // A test that fails half-way would leave the loop spinning beside all others.
        defer { isOver.store(true, ordering: .relaxed) }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            server.everyRound {
                let count = handler.count.load(ordering: .relaxed)
                most.max(count - before.exchange(count, ordering: .relaxed), ordering: .relaxed)
                return count < 60_000 && !isOver.load(ordering: .relaxed)
            }
            let some = Array(String(repeating: "GET /now HTTP/1.1\r\nHost: a\r\n\r\n", count: 2_000).utf8)
            async let flood: Void = { for _ in 0..<30 { try await client.send(some) } }()
            while handler.count.load(ordering: .relaxed) < 60_000 { _ = try await client.receive() }
            try await flood
        }
        let answers = most.load(ordering: .relaxed)
        #expect(answers <= 64, "\(answers) requests of one connection in one round of the loop")
    }

    @Test func aStopCutsNoAnswerHoweverMuchAClientHasSentWithoutReading() async throws {
        let handler = QuickHandler()
        // Only the stop may end the connection, however slowly this machine lets the client read.
        var limits = ServerLimits()
        limits.writeTimeout = .seconds(600)
        limits.lingerTimeout = .seconds(600)
        let server = try await TestServer(limits: limits, handler: handler)
        let client = try RawClient(server.address, receiveBuffer: 4_096)
        let requests = String(repeating: "GET /now HTTP/1.1\r\nHost: a\r\n\r\n", count: 100_000)
        async let sending: Void = {
            try await client.send(requests)
            client.finishSending()
        }()
        // Until the server waits for the client to read, as far as one can see.
        var count = 0
        try await server.wait {
            defer { count = handler.count.load(ordering: .relaxed) }
            return count > 1 && count == handler.count.load(ordering: .relaxed)
        }
        async let stopping: Void = server.stop(within: .seconds(600))
        let answers = try await client.receiveAll()
        try await sending
        await stopping
        let isWhole = answers.hasPrefix("HTTP/1.1 200 OK\r\n") && answers.hasSuffix("\r\n\r\n</now>")
        #expect(isWhole)
    }

    @Test func aStreamRunsInATaskOfItsOwn() async throws {
        try await run { server in
            let client = try RawClient(server.address)
            try await client.send("GET /flow HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.receive(through: "</now>")
            #expect(answers.contains("\r\n\r\n4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200"))
        }
    }
}
