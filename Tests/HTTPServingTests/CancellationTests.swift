import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CancellationTests {
    /// Never answers before it is cancelled, and tells when it begins and ends.
    private func waiting(_ signals: Signals) -> ClosureHandler {
        ClosureHandler { request in
            await signals.send("begun")
            for await _ in AsyncStream<Never>(bufferingPolicy: .unbounded, { _ in }) {}
            await signals.send(Task.isCancelled ? "cancelled" : "ended")
            return Response(body: .bytes(Array("late".utf8)))
        }
    }

    @Test(arguments: [true, false])
    func aHandlerIsCancelledWhenItsClientLeaves(byReset: Bool) async throws {
        let signals = Signals()
        try await TestServer.run(handler: waiting(signals)) { server in
            let client = try RawClient(server.address)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await signals.wait("begun")
            if byReset { client.reset() } else { client.finishSending() }
            await signals.wait("cancelled")
            try await server.wait { server.server.connectionCount == 0 }
        }
    }

    @Test func aStreamIsCancelledWhenItsClientLeaves() async throws {
        let signals = Signals()
        let handler = ClosureHandler { _ in
            Response(
                body: .stream(length: nil, endless: true) { writer in
                    try await writer.write([1])
                    await signals.send("begun")
                    for await _ in AsyncStream<Never>(bufferingPolicy: .unbounded, { _ in }) {}
                    await signals.send("cancelled")
                }
            )
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await signals.wait("begun")
            client.reset()
            await signals.wait("cancelled")
        }
    }

    @Test func aClientThatClosesItsSendingHalfOnlyStillGetsItsAnswer() async throws {
        try await TestServer.run { server in
            let client = try RawClient(server.address)
            try await client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
            client.finishSending()
            let answers = try await client.receiveAll()
            #expect(answers.contains("GET /1 ") && answers.hasSuffix("GET /2 "))
        }
    }

    @Test func aGracefulStopClosesWhatIsIdleAndFinishesWhatIsInHand() async throws {
        let signals = Signals()
        let handler = ClosureHandler { request in
            if request.target == "/idle" { return Response() }
            await signals.send("begun")
            await signals.wait("finish")
            return Response(body: .bytes(Array("finished".utf8)))
        }
        try await TestServer.run(handler: handler) { server in
            let idle = try RawClient(server.address)
            try await idle.send("GET /idle HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await idle.receive(through: "\r\n\r\n")
            let busy = try RawClient(server.address)
            try await busy.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
            await signals.wait("begun")
            let stop = Task { await server.server.stop(within: .seconds(60)) }
            #expect(try await idle.receiveAll() == "")
            // A program that another test starts holds the listener until it runs.
            try await server.wait { (try? RawClient(server.address)) == nil }
            await signals.send("finish")
            let answer = try await busy.receiveAll()
            #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\nfinished"))
            await stop.value
            #expect(server.server.connectionCount == 0)
        }
    }

    @Test func aGracefulStopEndsEndlessStreamsProperlyAtOnce() async throws {
        let signals = Signals()
        let handler = ClosureHandler { _ in
            Response(
                body: .stream(length: nil, endless: true) { writer in
                    try await writer.write(Array("event".utf8))
                    await signals.send("begun")
                    for await _ in AsyncStream<Never>(bufferingPolicy: .unbounded, { _ in }) {}
                    try Task.checkCancellation()
                }
            )
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await signals.wait("begun")
            await server.server.stop(within: .seconds(60))
            #expect(try await client.receiveAll().hasSuffix("5\r\nevent\r\n0\r\n\r\n"))
        }
    }

    @Test func atItsLimitTheStopCancelsAndThenClosesWhateverDoesNotListen() async throws {
        let signals = Signals()
        let handler = ClosureHandler { request in
            await signals.send("begun")
            if request.target == "/deaf" {
                await signals.wait("never before the end")
            } else {
                for await _ in AsyncStream<Never>(bufferingPolicy: .unbounded, { _ in }) {}
            }
            return Response(body: .bytes(Array("late".utf8)))
        }
        try await TestServer.run(handler: handler) { server in
            let listening = try RawClient(server.address)
            try await listening.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let deaf = try RawClient(server.address)
            try await deaf.send("GET /deaf HTTP/1.1\r\nHost: x\r\n\r\n")
            await signals.wait("begun", count: 2)
            await server.server.stop(within: .milliseconds(20))
            #expect(try await listening.receiveAll().hasSuffix("late"))
            #expect(try await deaf.receiveAll() == "")
            await signals.send("never before the end")
        }
    }
}
