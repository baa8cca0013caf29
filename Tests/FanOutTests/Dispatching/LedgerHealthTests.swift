import PrecacheModel
import Testing

@testable import FanOut

@Suite struct LedgerHealthTests {
    @Test func thePauseDoublesToItsCeilingAndEndsWithSuccess() {
        var health = LedgerHealth(retry: RetryPolicy(base: .seconds(1), ceiling: .seconds(4)))
        #expect(health.allowsCall(at: .zero))
        var pauses: [Duration] = []
        for _ in 0..<4 {
            health.failed(FakeLedger.Failure(), since: .seconds(9), at: .seconds(10), jitter: 1)
            pauses.append((health.retryAt ?? .zero) - .seconds(10))
        }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(4)])
        #expect(!health.allowsCall(at: .seconds(13)))
        #expect(health.allowsCall(at: .seconds(14)))
        health.succeeded()
        #expect(health.allowsCall(at: .zero))
        #expect(health.problem == nil)
    }

    @Test func atLeastHalfOfThePauseIsWaited() {
        var health = LedgerHealth(retry: RetryPolicy(base: .seconds(1), ceiling: .seconds(4)))
        health.failed(FakeLedger.Failure(), since: .zero, at: .zero, jitter: 0)
        #expect(health.retryAt == .milliseconds(500))
    }
}
