/// How deliveries are made.
package struct OutboxConfiguration: Sendable {
    /// How long an event is tried after it happened, and for how long an endpoint may take nothing before it is paused.
    ///
    /// The default is a day.
    package var patience = Duration.seconds(86_400)
    /// The longest that one delivery may take.
    ///
    /// The default is 10 s.
    package var timeout = Duration.seconds(10)
    /// Jobs that one endpoint is told of at the same time.
    ///
    /// The default is 4.
    package var jobsAtOnce = 4
    /// How long progress may wait to be written down, so that many deliveries share a write.
    ///
    /// The default is 100 ms: what was delivered in that time may come again after a crash.
    package var writeDelay = Duration.milliseconds(100)
    /// The host's name, for the events' `source` and Nova's `publisher_id`.
    package var hostName = "localhost"

    /// The defaults.
    package init() {}

    /// How often events whose time is over are looked for.
    var sweepInterval: Duration { min(max(patience / 24, .seconds(1)), .seconds(600)) }
}
