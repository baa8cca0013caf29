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

    /// Puts limits together.
    package init(burst: Int = 10, interval: Duration = .seconds(2), addresses: Int = 4096) {
        self.burst = max(1, burst)
        self.interval = max(interval, .milliseconds(1))
        self.addresses = max(1, addresses)
    }
}
