/// Counts wrong tokens by address: a bucket of `burst` drops that refills one drop an interval.
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
        return drops >= 1 ? nil : limits.interval * (1 - drops)
    }

    private func drops(of bucket: Bucket, now: ContinuousClock.Instant) -> Double {
        let refill = bucket.seen.duration(to: now) / limits.interval
        return min(Double(limits.burst), bucket.drops + max(0, refill))
    }

    /// Notes a wrong token.
    ///
    /// - Returns: Nil if it is within bounds, else the time until another would be.
    mutating func failure(from address: String, now: ContinuousClock.Instant) -> Duration? {
        var bucket = buckets[address] ?? Bucket(drops: Double(limits.burst), seen: now)
        bucket.drops = drops(of: bucket, now: now)
        bucket.seen = max(now, bucket.seen)
        defer { keep(bucket, for: address) }
        guard bucket.drops >= 1 else { return limits.interval * (1 - bucket.drops) }
        bucket.drops -= 1
        return nil
    }

    private mutating func keep(_ bucket: Bucket, for address: String) {
        if buckets[address] == nil, buckets.count >= limits.addresses { forgetSome(now: bucket.seen) }
        buckets[address] = bucket
    }

    /// Makes room: drops all that are full again, else the oldest eighth, so that a flood of addresses costs little each.
    private mutating func forgetSome(now: ContinuousClock.Instant) {
        let recovery = limits.interval * limits.burst
        buckets = buckets.filter { $0.value.seen.duration(to: now) < recovery }
        guard buckets.count >= limits.addresses else { return }
        let oldest = buckets.sorted { $0.value.seen < $1.value.seen }.prefix(max(1, limits.addresses / 8))
        for (address, _) in oldest { buckets[address] = nil }
    }
}

/// How many wrong tokens an address may send.
package struct AttemptLimits: Hashable, Sendable {
    /// Wrong tokens at once before an address is slowed down.
    ///
    /// The default is 10.
    package var burst: Int
    /// The time after which one more is allowed.
    ///
    /// The default is 2 s.
    package var interval: Duration
    /// Addresses remembered at most; beyond it the one longest without a wrong token is forgotten.
    ///
    /// The default is 4,096.
    package var addresses: Int

    package init(burst: Int = 10, interval: Duration = .seconds(2), addresses: Int = 4096) {
        self.burst = max(1, burst)
        self.interval = max(interval, .milliseconds(1))
        self.addresses = max(1, addresses)
    }
}
