import Reactor
import Testing

@testable import PullWork

@Suite struct LimitTests {
    @Test func aPlaceGivenBackGoesToTheFirstInLine() async throws {
        let gate = DownloadGate(width: 1)
        try await gate.enter()
        let waiting = Task { try await gate.enter() }
        let cancelled = Task { try await gate.enter() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        gate.leave()
        try await waiting.value
        gate.leave()
        try await gate.enter()
    }

    @Test func aRateIsKept() async throws {
        let loop = try EventLoop(name: "rate")
        defer { loop.stop() }
        let limiter = RateLimiter(bytesPerSecond: 1_000_000, loop: loop)
        let start = ContinuousClock.now
        for _ in 0..<5 { try await limiter.take(100_000) }
        // Half a second's worth, of which a fifth may come at once.
        #expect(ContinuousClock.now - start >= .milliseconds(290))
    }
}
