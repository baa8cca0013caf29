import HTTPServing
import HTTPTypes
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SlowReaderTests {
    @Test func anAnswerThatASlowReaderStillTakesIsNotCutAtTheIdleLimit() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .seconds(3)
        let size = 16_777_216
        let handler = ClosureHandler { _ in Response(body: .bytes([UInt8](repeating: 65, count: size))) }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var answer = try await client.receive(upTo: 1_024) ?? []
            // Several times the idle limit, far within the write limit.
            try await Task.sleep(for: .seconds(9))
            while let part = try await client.receive(upTo: 1_048_576) {
                answer += part
                if answer.count > size { break }
            }
            #expect(answer.count > size)
        }
    }

    @Test func aConnectionWhoseAnswerWasTakenLateIsClosedWhenItThenStaysIdle() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .seconds(3)
        let size = 16_777_216
        let handler = ClosureHandler { _ in Response(body: .bytes([UInt8](repeating: 65, count: size))) }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await Task.sleep(for: .seconds(6))
            // Returns at the end of the stream only: the server ends it once all is taken and nothing follows.
            #expect(try await client.receiveAll().utf8.count > size)
        }
    }

    @Test func aClientThatTakesNothingIsGivenUpHoweverMuchWaitsForIt() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .milliseconds(200)
        let handler = ClosureHandler { _ in
            Response(body: .bytes([UInt8](repeating: 65, count: 16_777_216)))
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            let client = try RawClient(server.address, receiveBuffer: 4_096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.receive(upTo: 1)
            try await server.wait { server.server.connectionCount == 0 }
        }
    }

    @Test func aClientThatTakesLittleByLittleIsNotGivenUp() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .seconds(2)
        let handler = ClosureHandler { _ in
            Response(body: .bytes([UInt8](repeating: 65, count: 16_777_216)))
        }
        try await TestServer.run(limits: limits, handler: handler) { server in
            // A reader that the machine itself kept from reading for long shows nothing: another one tries.
            for _ in 0..<5 {
                let reading = try await SlowReading.of(server)
                guard reading.longestPause < .seconds(1) else { continue }
                #expect(reading.isOpen)
                #expect(reading.duration > limits.writeTimeout)
                return
            }
            Issue.record("the machine let no reader read in time: nothing is shown", severity: .warning)
        }
    }
}

/// How a reader fared that takes 8 KiB every 50 ms: longer than the write limit of 2 s, but less than the system's buffers
/// hold, so that nothing can be written meanwhile.
private struct SlowReading {
    var isOpen = true
    var longestPause = Duration.zero
    var duration = Duration.zero

    static func of(_ server: TestServer) async throws -> SlowReading {
        let client = try RawClient(server.address, receiveBuffer: 4_096)
        defer { client.reset() }
        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        var reading = SlowReading()
        let clock = ContinuousClock()
        let begun = clock.now
        while reading.isOpen, reading.duration < .seconds(3) {
            let pause = clock.now
            var taken = 0
            while reading.isOpen, taken < 8_192 {
                let part = try await client.receive(upTo: 8_192)
                reading.isOpen = part != nil
                taken += part?.count ?? 0
            }
            try await Task.sleep(for: .milliseconds(50))
            reading.longestPause = max(reading.longestPause, pause.duration(to: clock.now))
            reading.duration = begun.duration(to: clock.now)
        }
        return reading
    }
}
