import HTTPFetching
import HTTPTypes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct FetchTimeoutTests {
    /// Sends `text`, then nothing until the client closes.
    private static func stall(after text: String, closed: TestEvent<Void>) -> ScriptedServer.Script {
        { connection in
            _ = connection.readRequest()
            connection.write(text)
            connection.waitUntilClosed()
            closed.fire()
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
    func silenceEndsAtTheIdleLimit(text: String) async throws {
        let closed = TestEvent<Void>()
        try await withServer(Self.stall(after: text, closed: closed)) { server, fetcher in
            let timeouts = FetchTimeouts(idle: .milliseconds(300))
            let error = await failure(of: FetchRequest(url: server.url, timeouts: timeouts), with: fetcher)
            #expect(error?.code == .idle)
            #expect(error?.retry == .retryable)
            await closed.wait()
        }
    }

    @Test func aTrickleIsNotSilence() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n")
            for _ in 0..<16 {
                connection.wait(milliseconds: 250)
                connection.write("x")
            }
        } _: { server, fetcher in
            let timeouts = FetchTimeouts(idle: .seconds(3))
            let text = try await fetcher.text(FetchRequest(url: server.url, timeouts: timeouts))
            #expect(text == String(repeating: "x", count: 16))
        }
    }

    @Test func aReaderThatWaitsIsNotTheServersSilence() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(1 << 20)\r\n\r\n")
            connection.write([UInt8](repeating: 0, count: 1 << 20))
        } _: { server, fetcher in
            // Long enough for a slow machine's server; the whole point is that more time passes.
            let timeouts = FetchTimeouts(idle: .seconds(5))
            let body = try await fetcher.fetch(FetchRequest(url: server.url, timeouts: timeouts)).body
            try await Task.sleep(for: .seconds(8))
            let bytes = try await body.collect(upTo: 1 << 20)
            #expect(bytes.count == 1 << 20)
        }
    }

    @Test func theTotalLimitHoldsForASlowBody() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while connection.write("x") { connection.wait(milliseconds: 20) }
        } _: { server, fetcher in
            let timeouts = FetchTimeouts(total: .seconds(3))
            let error = await failure(of: FetchRequest(url: server.url, timeouts: timeouts), with: fetcher)
            #expect(error?.code == .timeout)
            #expect(error?.retry == .retryable)
        }
    }

    @Test func theTotalLimitSpansRedirects() async throws {
        try await withServer { connection in
            while connection.readRequest() != nil {
                connection.wait(milliseconds: 2_000)
                connection.respond("302 Found", headers: ["Location: /again"])
            }
        } _: { server, fetcher in
            var request = FetchRequest(url: server.url, timeouts: FetchTimeouts(total: .seconds(5)))
            request.redirects = 1_000
            // A second from each hop: in the middle of one its connection may not be made yet, which is another error.
            #expect(await failure(of: request, with: fetcher)?.code == .timeout)
        }
    }

    @Test func aServerThatIsTooSlowIsGivenUp() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while connection.write("x") { connection.wait(milliseconds: 20) }
        } _: { server, fetcher in
            let slow = FetchTimeouts.LowSpeed(bytesPerSecond: 100_000, over: .seconds(1))
            let request = FetchRequest(url: server.url, timeouts: FetchTimeouts(lowSpeed: slow))
            let error = await failure(of: request, with: fetcher)
            #expect(error?.code == .tooSlow)
            #expect(error?.retry == .retryable)
        }
    }

    @Test func aHeadThatDripsIsTooSlow() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write("X: y\r\n") { connection.wait(milliseconds: 50) }
        } _: { server, fetcher in
            let slow = FetchTimeouts.LowSpeed(bytesPerSecond: 100_000, over: .seconds(1))
            let request = FetchRequest(url: server.url, timeouts: FetchTimeouts(lowSpeed: slow))
            #expect(await failure(of: request, with: fetcher)?.code == .tooSlow)
        }
    }

    /// A reader that takes nothing for longer than the period, and a pause of the server's that isn't as long as silence.
    @Test func whoIsKeptWaitingIsNotTooSlow() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(1 << 20)\r\n\r\n")
            connection.write([UInt8](repeating: 0, count: 1 << 19))
            connection.wait(milliseconds: 3_500)
            connection.write([UInt8](repeating: 0, count: 1 << 19))
        } _: { server, fetcher in
            let slow = FetchTimeouts.LowSpeed(bytesPerSecond: 65_536, over: .seconds(3))
            let request = FetchRequest(url: server.url, timeouts: FetchTimeouts(lowSpeed: slow))
            let body = try await fetcher.fetch(request).body
            // The whole point is that time passes here.
            try await Task.sleep(for: .seconds(5))
            let bytes = try await body.collect(upTo: 1 << 20)
            #expect(bytes.count == 1 << 20)
        }
    }

    @Test func aConnectionThatIsNotMadeInTimeIsAConnectError() async throws {
        // A listener whose queue is full drops what comes: the same as a black hole.
        let hole = try BlackHole()
        try await withFetcher { fetcher in
            let timeouts = FetchTimeouts(connect: .milliseconds(300))
            let error = await failure(of: FetchRequest(url: hole.url, timeouts: timeouts), with: fetcher)
            #expect(error?.code == .connect)
            #expect(error?.retry == .retryable)
            #expect(error?.curlCode == 28)
        }
    }

    @Test func aTLSHandshakeThatStallsIsAConnectError() async throws {
        try await withServer { connection in
            connection.waitUntilClosed()
        } _: { server, fetcher in
            let url = "https://127.0.0.1:\(server.port)"
            let timeouts = FetchTimeouts(connect: .milliseconds(300))
            let error = await failure(of: FetchRequest(url: url, timeouts: timeouts), with: fetcher)
            #expect(error?.code == .connect)
        }
    }
}
