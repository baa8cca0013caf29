public import PrecacheModel

/// How long the hosts of a fleet take, and why those that fail do.
public struct FleetTiming: Sendable {
    /// Before a host answers a task with its first outcome.
    ///
    /// Default none.
    public var delay = DelayRange.none
    /// What one host can receive.
    ///
    /// Default no limit: a download takes no time.
    public var bandwidth = Bandwidth.unlimited
    /// What the image source can send to all hosts together.
    ///
    /// Default no limit.
    public var sourceBandwidth = Bandwidth.unlimited
    /// How many times slower a slow host is, in delay and bandwidth.
    ///
    /// Default 10.
    public var slowFactor = 10.0
    /// Why failing hosts fail.
    ///
    /// Default `no_space`, which no further attempt mends.
    public var failure = Reason.noSpace
    /// Decides the delays.
    ///
    /// Default 1.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}
}
