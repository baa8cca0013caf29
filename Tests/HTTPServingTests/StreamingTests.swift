import HTTPServing
import HTTPTypes
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct StreamingTests {
    private func streaming(
        length: Int? = nil,
        endless: Bool = false,
        _ produce: @escaping @Sendable (any ResponseWriter) async throws -> Void
    ) -> ClosureHandler {
        ClosureHandler { _ in Response(body: .stream(length: length, endless: endless, produce)) }
    }

    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func whatIsWrittenArrivesAtOnceInChunks() async throws {
        let signals = Signals()
        let handler = streaming { writer in
            try await writer.write(Array("first".utf8))
            await signals.wait("go on")
            try await writer.write([])
            try await writer.write(Array("second".utf8))
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send(get)
            let head = try await client.receive(through: "first\r\n")
            #expect(head.hasSuffix("\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"))
            await signals.send("go on")
            #expect(try await client.receive(through: "0\r\n\r\n") == "6\r\nsecond\r\n0\r\n\r\n")
        }
    }

    @Test func largePiecesArriveWholeAndInOrder() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let handler = streaming(length: 1_000_003) { writer in
            for _ in 0..<10 { try await writer.write(piece) }
            try await writer.write(Array("end".utf8))
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send(get)
            let answer = try await client.receive(through: "aend")
            let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
            #expect(parts[0].hasSuffix("Content-Length: 1000003"))
            #expect(parts[1].utf8.count == 1_000_003)
        }
    }

    @Test func http10GetsABodyThatEndsWithTheConnection() async throws {
        let handler = streaming { writer in
            for word in ["one ", "two"] { try await writer.write(Array(word.utf8)) }
        }
        try await TestServer.run(handler: handler) { server in
            let answer = try await RawClient(server.address).exchange(
                "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
            )
            #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\none two"))
        }
    }

    @Test func headDoesNotRunTheStream() async throws {
        let ran = Signals()
        let handler = streaming(length: 5) { _ in await ran.send("ran") }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(try await client.receiveAll().hasSuffix("Content-Length: 5\r\nConnection: close\r\n\r\n"))
            #expect(await ran.count("ran") == 0)
        }
    }

    @Test(arguments: [2, 10])
    func aStreamOfTheWrongLengthIsCut(declared: Int) async throws {
        let handler = streaming(length: declared) { writer in
            for byte in "four".utf8 { try await writer.write([byte]) }
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send(get)
            let body = try await client.receiveAll().split(separator: "\r\n\r\n", maxSplits: 1).last
            #expect(body.map { $0.utf8.count <= declared } == true)
            try await server.wait { server.records.contains { !$0.isComplete } }
        }
    }

    @Test func aStreamThatFailsIsCutSoThatTheClientNotices() async throws {
        let handler = streaming { writer in
            try await writer.write(Array("part".utf8))
            throw CancellationError()
        }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send(get)
            #expect(try await client.receiveAll().hasSuffix("4\r\npart\r\n"))
        }
    }

    @Test func aReaderThatStopsReadingStopsTheWriterAndMemoryDoesNotGrow() async throws {
        let written = Counter()
        let piece = [UInt8](repeating: 1, count: 65_536)
        let total = 2_000
        var limits = ServerLimits()
        // However long the machine lets this reader wait, it isn't cut.
        limits.writeTimeout = .seconds(3_600)
        let handler = streaming { writer in
            for _ in 0..<total {
                try await writer.write(piece)
                written.add(1)
            }
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 65_536)
            try await client.send(get)
            var before = -1
            var steady = 0
            while steady < 20 {
                let now = written.value
                steady = now == before && now > 0 ? steady + 1 : 0
                before = now
                try await server.pause()
            }
            // 128 MB in all; what the system's socket buffers hold is a few.
            #expect(before < total / 4)
            var received = 0
            while received < total * piece.count, let part = try await client.receive(upTo: 1_048_576) {
                received += part.count
            }
            try #require(received >= total * piece.count)
            try await server.wait { written.value == total }
        }
    }

    @Test func aReaderThatTakesNothingForTooLongIsCut() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .milliseconds(50)
        limits.minimumBytesPerSecond = 1_000_000_000
        let signals = Signals()
        let handler = streaming { writer in
            do {
                while true { try await writer.write([UInt8](repeating: 1, count: 1_000_000)) }
            } catch {
                await signals.send(error is ConnectionClosed ? "closed" : "other")
                throw error
            }
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 65_536)
            try await client.send(get)
            await signals.wait("closed")
            #expect(server.server.connectionCount == 0)
        }
    }

    @Test func aWriterThatOutlivesItsAnswerWritesNowhere() async throws {
        let kept = Mutex<(any ResponseWriter)?>(nil)
        let handler = streaming { writer in kept.withLock { $0 = writer } }
        try await TestServer.run(handler: handler) { server in
            let client = try RawClient(server.address)
            try await client.send(get)
            _ = try await client.receive(through: "0\r\n\r\n")
            let writer = try #require(kept.withLock { $0 })
            await #expect(throws: ConnectionClosed.self) { try await writer.write([1]) }
        }
    }

    @Test func aStreamToAFastReaderLeavesTheLoopToOthers() async throws {
        let handler = ClosureHandler { request in
            guard request.target == "/endless" else { return Response(body: .bytes(Array("other".utf8))) }
            return Response(
                body: .stream(length: nil, endless: true) { writer in
                    let piece = [UInt8](repeating: 1, count: 65_536)
                    while true { try await writer.write(piece) }
                }
            )
        }
        try await TestServer.run(handler: handler) { server in
            let greedy = try RawClient(server.address)
            try await greedy.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            let reader = Task { while try await greedy.receive(upTo: 4_194_304) != nil {} }
            let other = try RawClient(server.address)
            for _ in 0..<20 {
                try await other.send(get)
                #expect(try await other.receive(through: "other").hasSuffix("other"))
            }
            await server.server.stop(within: .zero)
            try await reader.value
        }
    }
}

/// A number that several threads change.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add(_ count: Int) {
        number.add(count, ordering: .relaxed)
    }
}
