package import PrecacheModel

/// How long the hosts of a fleet take, and why those that fail do.
package struct FleetTiming: Sendable {
    /// Before a host answers a task with its first outcome.
    ///
    /// Default none.
    package var delay = DelayRange.none
    /// What one host can receive.
    ///
    /// Default no limit: a download takes no time.
    package var bandwidth = Bandwidth.unlimited
    /// What the image source can send to all hosts together.
    ///
    /// Default no limit.
    package var sourceBandwidth = Bandwidth.unlimited
    /// How many times slower a slow host is, in delay and bandwidth.
    ///
    /// Default 10.
    package var slowFactor = 10.0
    /// Why failing hosts fail.
    ///
    /// Default `no_space`, which no further attempt mends.
    package var failure = Reason.noSpace
    /// Decides the delays.
    ///
    /// Default 1.
    package var seed: UInt64 = 1

    /// The defaults.
    package init() {}
}
