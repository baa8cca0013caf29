import Reactor
import Synchronization

/// One rate that all downloads share.
final class RateLimiter: Sendable {
    private let bytesPerSecond: Int?
    private let loop: EventLoop
    /// When the bytes taken so far are paid for.
    private let paidAt = Mutex(ContinuousClock.now)

    init(bytesPerSecond: Int?, loop: EventLoop) {
        self.bytesPerSecond = bytesPerSecond
        self.loop = loop
    }

    /// Waits until these bytes fit the rate; at once without one.
    func take(_ count: Int) async throws(CancellationError) {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return }
        let now = ContinuousClock.now
        let wait = paidAt.withLock { paidAt in
            // A fifth of a second may be caught up on, not the time in which nobody fetched.
            paidAt = max(paidAt, now - .milliseconds(200)) + Self.price(count, bytesPerSecond)
            return paidAt - now
        }
        guard wait > .zero else { return }
        do {
            try await loop.sleep(for: wait)
        } catch {
            throw CancellationError()
        }
    }

    private static func price(_ count: Int, _ rate: Int) -> Duration {
        .seconds(count / rate) + .nanoseconds(Int64(count % rate) * 1_000_000_000 / Int64(rate))
    }
}
