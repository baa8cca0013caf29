/// When to try again: a delay that doubles, with full jitter, so that hosts that failed together don't come back
/// together.
package struct RetryPolicy: Hashable, Sendable {
    /// The upper bound of the first delay.
    package var base: Duration
    /// The upper bound of every delay.
    package var ceiling: Duration

    /// Puts a policy together.
    ///
    /// The defaults are 1 s and 60 s.
    package init(base: Duration = .seconds(1), ceiling: Duration = .seconds(60)) {
        self.base = base
        self.ceiling = ceiling
    }

    /// The delay before the attempt after attempt number `attempt`.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, from 1.
    ///   - retryAfter: What the source asked for, if it did; the delay is at least this, and at most the ceiling
    ///     above it.
    ///   - jitter: A number from 0 to 1, random but in tests.
    /// - Returns: The time to wait.
    package func delay(after attempt: Int, retryAfter: Duration? = nil, jitter: Double) -> Duration {
        var bound = base
        for _ in 1..<max(1, min(attempt, 64)) where bound < ceiling { bound = bound * 2 }
        bound = min(bound, ceiling)
        return (retryAfter ?? .zero) + bound * min(max(jitter, 0), 1)
    }
}
