import HTTPFetching
import HTTPTypes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CancellationTests {
    @Test func beforeTheHeadItClosesTheConnection() async throws {
        let arrived = TestEvent<Void>()
        let closed = TestEvent<Void>()
        try await withServer { connection in
            _ = connection.readRequest()
            arrived.fire()
            connection.waitUntilClosed()
            closed.fire()
        } _: { server, fetcher in
            let task = Task { await failure(of: FetchRequest(url: server.url), with: fetcher) }
            await arrived.wait()
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.retry == .cancelled)
            await closed.wait()
        }
    }

    @Test func whileReadingItClosesTheConnection() async throws {
        let closed = TestEvent<Void>()
        let reading = TestEvent<Void>()
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\nfirst")
            connection.waitUntilClosed()
            closed.fire()
        } _: { server, fetcher in
            var request = FetchRequest(url: server.url)
            request.timeouts.idle = nil
            let body = try await fetcher.fetch(request).body
            let task = Task { () -> FetchError? in
                do throws(FetchError) {
                    for try await _ in body { reading.fire() }
                    return nil
                } catch {
                    return error
                }
            }
            await reading.wait()
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            await closed.wait()
        }
    }

    @Test func ofATaskCancelledBeforeNothingIsSent() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond()
        } _: { server, fetcher in
            let begun = TestEvent<Void>()
            let task = Task {
                await begun.wait()
                return await failure(of: FetchRequest(url: server.url), with: fetcher)
            }
            task.cancel()
            begun.fire()
            #expect(await task.value?.code == .cancelled)
            let text = try await fetcher.text(FetchRequest(url: server.url))
            #expect(text == "")
            #expect(server.connectionCount == 1)
        }
    }

    @Test func whilePausedItClosesTheConnection() async throws {
        let closed = TestEvent<Void>()
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while connection.write([UInt8](repeating: 0, count: 65_536)) {}
            closed.fire()
        } _: { server, fetcher in
            var iterator = Optional(
                try await fetcher.fetch(FetchRequest(url: server.url)).body.makeAsyncIterator()
            )
            _ = try await iterator?.next()
            iterator = nil
            await closed.wait()
        }
    }

    @Test func ofManyLeavesNothingBehind() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.waitUntilClosed()
        } _: { server, fetcher in
            await withTaskGroup(of: FetchError?.self) { group in
                for _ in 0..<100 {
                    group.addTask { await failure(of: FetchRequest(url: server.url), with: fetcher) }
                }
                group.cancelAll()
                for await error in group { #expect(error?.code == .cancelled) }
            }
        }
    }
}
