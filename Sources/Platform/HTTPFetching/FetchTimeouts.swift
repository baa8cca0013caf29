/// The time limits of one fetch; every one that is reached ends it with a retryable ``FetchError``.
package struct FetchTimeouts: Sendable, Hashable {
    /// Time for name resolution, connection and TLS handshake, per hop of a redirect.
    ///
    /// The default is 10 s. Reaching it is ``FetchError/Code/connect``.
    package var connect: Duration

    /// Time without a byte in either direction once the connection is there, checked four times a second.
    ///
    /// Time in which the reader of the body takes nothing does not count. The default is 60 s; nil is no
    /// limit. Reaching it is ``FetchError/Code/idle``.
    package var idle: Duration?

    /// Time for everything, redirects and body included.
    ///
    /// The default, nil, is no limit. Reaching it is ``FetchError/Code/timeout``.
    package var total: Duration?

    /// The slowest rate that is put up with.
    ///
    /// The default, nil, is any. Reaching it is ``FetchError/Code/tooSlow``.
    package var lowSpeed: LowSpeed?

    /// A rate which, undercut for a whole period, ends a fetch (libcurl's CURLOPT_LOW_SPEED_LIMIT and _TIME).
    package struct LowSpeed: Sendable, Hashable {
        /// The rate, in bytes per second.
        package var bytesPerSecond: Int

        /// The period; whole seconds, rounded up.
        package var over: Duration

        /// A limit of so many bytes per second over a period.
        package init(bytesPerSecond: Int, over: Duration) {
            self.bytesPerSecond = bytesPerSecond
            self.over = over
        }
    }

    /// The limits; see each property for its meaning.
    package init(
        connect: Duration = .seconds(10),
        idle: Duration? = .seconds(60),
        total: Duration? = nil,
        lowSpeed: LowSpeed? = nil
    ) {
        self.connect = connect
        self.idle = idle
        self.total = total
        self.lowSpeed = lowSpeed
    }
}
