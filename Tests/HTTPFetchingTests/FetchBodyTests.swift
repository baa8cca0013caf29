import HTTPFetching
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct FetchBodyTests {
    private static let megabyte = 1 << 20

    /// Serves 100 MB as fast as it is taken and counts what was.
    private static func serve(_ connection: ServerConnection, sent: borrowing Atomic<Int>) {
        while connection.readRequest()?.line.hasPrefix("GET /nothing") == true { connection.respond() }
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(100 * megabyte)\r\n\r\n")
        let block = [UInt8](repeating: 1, count: megabyte)
        for _ in 0..<100 {
            guard connection.write(block) else { return }
            sent.wrappingAdd(megabyte, ordering: .relaxed)
        }
    }

    @Test(arguments: [FetchBuffering.message, .bulk])
    func aReaderThatTakesNothingStopsTheSender(buffering: FetchBuffering) async throws {
        let sent = Atomic(0)
        try await withServer { connection in
            Self.serve(connection, sent: sent)
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url, buffering: buffering))
            // The sender is held when it has made no progress over several turns of a busy neighbour on the same loop.
            var before = -1
            while before != sent.load(ordering: .relaxed) {
                before = sent.load(ordering: .relaxed)
                for _ in 0..<20 {
                    _ = await failure(of: FetchRequest(url: server.url + "/nothing"), with: fetcher, limit: 1)
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            // Both sockets' kernel buffers grow to some megabytes on their own; the body is 100.
            #expect(sent.load(ordering: .relaxed) < 30 * Self.megabyte)
            var total = 0
            for try await bytes in response.body { total += bytes.count }
            #expect(total == 100 * Self.megabyte)
        }
    }

    @Test func joinsALongBodyIntoLargeElements() async throws {
        let sent = Atomic(0)
        try await withServer { connection in
            Self.serve(connection, sent: sent)
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url, buffering: .bulk))
            var count = 0
            var largest = 0
            for try await bytes in response.body {
                count += 1
                largest = max(largest, bytes.count)
            }
            #expect(largest > 65_536 && largest <= FetchBuffering.bulk.chunkBytes)
            #expect(count < 100 * Self.megabyte / 16_384)
        }
    }

    @Test func deliversBytesInOrderToASlowReader() async throws {
        let body = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            connection.write(body)
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url))
            var all: [UInt8] = []
            for try await bytes in response.body {
                all += bytes
                await Task.yield()
            }
            let isWhole = all == body
            #expect(isWhole)
        }
    }

    @Test func lettingGoOfTheBodyClosesTheConnection() async throws {
        let closed = TestEvent<Void>()
        try await withServer { connection in
            Self.drip(connection, closed)
        } _: { server, fetcher in
            _ = try await fetcher.fetch(FetchRequest(url: server.url)).status
            await closed.wait()
        }
    }

    @Test func leavingTheLoopClosesTheConnectionThoughTheBodyIsHeld() async throws {
        let closed = TestEvent<Void>()
        try await withServer { connection in
            Self.drip(connection, closed)
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url))
            for try await bytes in response.body where !bytes.isEmpty { break }
            await closed.wait()
            await #expect(throws: FetchError.self) { try await response.body.collect(upTo: 1) }
        }
    }

    @Test func cancelClosesTheConnection() async throws {
        let closed = TestEvent<Void>()
        try await withServer { connection in
            Self.drip(connection, closed)
        } _: { server, fetcher in
            let response = try await fetcher.fetch(FetchRequest(url: server.url))
            response.body.cancel()
            await closed.wait()
        }
    }

    /// A body without end, of which nothing more comes after the first bytes.
    private static func drip(_ connection: ServerConnection, _ closed: TestEvent<Void>) {
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst")
        connection.waitUntilClosed()
        closed.fire()
    }

    @Test func collectsUpToItsLimitAndNoFurther() async throws {
        try await withServer { connection in
            while connection.readRequest() != nil { connection.respond(body: "12345") }
        } _: { server, fetcher in
            let five = try await fetcher.fetch(FetchRequest(url: server.url)).body.collect(upTo: 5)
            #expect(five.count == 5)
            let error = await failure(of: FetchRequest(url: server.url), with: fetcher, limit: 4)
            #expect(error?.code == .tooLarge)
            #expect(error?.retry == .permanent)
        }
    }

    @Test func canBeReadOnce() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond(body: "once")
        } _: { server, fetcher in
            let body = try await fetcher.fetch(FetchRequest(url: server.url)).body
            let first = try await body.collect(upTo: 10)
            #expect(first.count == 4)
            await #expect(
                throws: FetchError(code: .other, retry: .permanent, message: "The body was read before")
            ) {
                try await body.collect(upTo: 10)
            }
        }
    }

    @Test func keepsToARateLimit() async throws {
        let clock = ContinuousClock()
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond(body: String(repeating: "x", count: 400_000))
        } _: { server, fetcher in
            let start = clock.now
            let request = FetchRequest(url: server.url, rateBytesPerSecond: 200_000)
            let bytes = try await fetcher.fetch(request).body.collect(upTo: 1 << 20)
            #expect(bytes.count == 400_000)
            // Two seconds, less the last burst, which may be a second's worth; a busy machine only makes it longer.
            #expect(clock.now - start > .milliseconds(900))
        }
    }
}
