/// How often a watch asks, draws and tries again.
struct WatchPace: Sendable {
    /// The longest that the service may hold a poll, in whole seconds.
    var wait = 1
    /// The least time from one poll to the next.
    var pause = Duration.milliseconds(500)
    /// The time from one drawing to the next.
    var tick = Duration.milliseconds(125)
    /// The first delay after a failed poll; it doubles.
    var backoff = Duration.milliseconds(500)
    /// The longest delay.
    var longestBackoff = Duration.seconds(10)
    /// How long the service may stay away before the watch gives up.
    var patience = Duration.seconds(300)
    /// How long to wait for the last failures once the job has ended.
    var farewell = Duration.seconds(1)

    /// For a terminal: fresh enough for a picture.
    static let live = WatchPace()
    /// For a log.
    static let plain = WatchPace(wait: 5, pause: .seconds(1), tick: .seconds(1))
}
