import Synchronization

/// How many wrong tokens an address may send.
package struct AttemptLimits: Hashable, Sendable {
    /// How an address that has waited is let in again.
    package enum Recovery: Hashable, Sendable {
        /// One more wrong token an interval.
        case gradual
        /// The whole burst, after an interval without a wrong token.
        case whole
    }

    /// Wrong tokens at once before an address is slowed down.
    ///
    /// The default is 10.
    package var burst: Int
    /// The time after which more are allowed.
    ///
    /// The default is 2 s.
    package var interval: Duration
    /// Addresses remembered at most; beyond it the one longest without a wrong token is forgotten.
    ///
    /// The default is 4,096.
    package var addresses: Int
    /// How many more are allowed then.
    ///
    /// The default is one.
    package var recovery: Recovery

    /// Puts limits together.
    package init(
        burst: Int = 10,
        interval: Duration = .seconds(2),
        addresses: Int = 4096,
        recovery: Recovery = .gradual
    ) {
        self.burst = max(1, burst)
        self.interval = max(interval, .milliseconds(1))
        self.addresses = max(1, addresses)
        self.recovery = recovery
    }
}

/// Counts wrong tokens by address, and slows down who guesses.
///
/// It is told of failures alone, so that a gate may look at the token first and let a right one in always, whatever came
/// before from its address; what is slowed down then is noise and logs, for guessing 256 random bits is hopeless anyhow.
package final class AttemptBrake: Sendable {
    private let limiter: Mutex<AttemptLimiter>

    package init(_ limits: AttemptLimits) { limiter = Mutex(AttemptLimiter(limits: limits)) }

    /// How long an address has to wait before it may send another wrong token; nil if it needn't.
    package func wait(for address: String, now: ContinuousClock.Instant = .now) -> Duration? {
        limiter.withLock { $0.wait(for: address, now: now) }
    }

    /// Notes a wrong token.
    ///
    /// - Returns: Nil if it is within bounds, else the time until another would be.
    @discardableResult
    package func failure(from address: String, now: ContinuousClock.Instant = .now) -> Duration? {
        limiter.withLock { $0.failure(from: address, now: now) }
    }
}

/// A bucket of `burst` drops for each address, which refills with time.
///
/// Pure: the caller tells the time. Memory is bounded: an address whose bucket is full again is as good as forgotten.
struct AttemptLimiter {
    private struct Bucket {
        var drops: Double
        var seen: ContinuousClock.Instant
    }

    private let limits: AttemptLimits
    private var buckets: [String: Bucket] = [:]

    init(limits: AttemptLimits) { self.limits = limits }

    /// How many addresses are remembered.
    var count: Int { buckets.count }

    /// How long an address has to wait before it may send another wrong token; nil if it needn't.
    func wait(for address: String, now: ContinuousClock.Instant) -> Duration? {
        guard let bucket = buckets[address] else { return nil }
        let drops = drops(of: bucket, now: now)
        return drops >= 1 ? nil : wait(of: bucket, drops, now)
    }

    private func drops(of bucket: Bucket, now: ContinuousClock.Instant) -> Double {
        let refill = max(0, bucket.seen.duration(to: now) / limits.interval)
        switch limits.recovery {
        case .gradual: return min(Double(limits.burst), bucket.drops + refill)
        case .whole: return refill >= 1 ? Double(limits.burst) : bucket.drops
        }
    }

    private func wait(of bucket: Bucket, _ drops: Double, _ now: ContinuousClock.Instant) -> Duration {
        switch limits.recovery {
        case .gradual: limits.interval * (1 - drops)
        case .whole: limits.interval - max(.zero, bucket.seen.duration(to: now))
        }
    }

    /// Notes a wrong token.
    ///
    /// - Returns: Nil if it is within bounds, else the time until another would be.
    mutating func failure(from address: String, now: ContinuousClock.Instant) -> Duration? {
        var bucket = buckets[address] ?? Bucket(drops: Double(limits.burst), seen: now)
        bucket.drops = drops(of: bucket, now: now)
        bucket.seen = max(now, bucket.seen)
        defer { keep(bucket, for: address) }
        guard bucket.drops >= 1 else { return wait(of: bucket, bucket.drops, now) }
        bucket.drops -= 1
        return nil
    }

    private mutating func keep(_ bucket: Bucket, for address: String) {
        if buckets[address] == nil, buckets.count >= limits.addresses { forgetSome(now: bucket.seen) }
        buckets[address] = bucket
    }

    /// Makes room: drops all that are full again, else the oldest eighth, so that a flood of addresses costs little each.
    private mutating func forgetSome(now: ContinuousClock.Instant) {
        let recovery = limits.recovery == .whole ? limits.interval : limits.interval * limits.burst
        buckets = buckets.filter { $0.value.seen.duration(to: now) < recovery }
        guard buckets.count >= limits.addresses else { return }
        let oldest = buckets.sorted { $0.value.seen < $1.value.seen }.prefix(max(1, limits.addresses / 8))
        for (address, _) in oldest { buckets[address] = nil }
    }
}
