import Reactor
import Testing

@testable import PullWork

@Suite struct LimitTests {
    @Test func aPlaceGivenBackGoesToTheFirstInLine() async throws {
        let gate = DownloadGate(width: 1)
        try await gate.enter("a")
        let waiting = Task { try await gate.enter("a") }
        let cancelled = Task { try await gate.enter("a") }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        gate.leave("a")
        try await waiting.value
        gate.leave("a")
        try await gate.enter("a")
    }

    @Test func oneSourceLeavesAPlaceForAnother() async throws {
        let gate = DownloadGate(width: 2)
        for _ in 0..<2 { try await gate.enter("slow") }
        let third = Task { try await gate.enter("slow") }
        while gate.waiting < 1 { await Task.yield() }
        // Two slow sources hold up no third one either.
        try await gate.enter("slower")
        try await gate.enter("good")
        let stranger = Task { try await gate.enter("stranger") }
        while gate.waiting < 2 { await Task.yield() }
        // Twice the width, and no more; and whoever has nothing at work goes before those who have.
        gate.leave("good")
        try await stranger.value
        #expect(gate.waiting == 1)
        gate.leave("slow")
        #expect(gate.waiting == 1)
        gate.leave("stranger")
        #expect(gate.waiting == 1)
        gate.leave("slower")
        try await third.value
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
