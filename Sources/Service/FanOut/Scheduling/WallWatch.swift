import PrecacheModel

/// Reads the wall clock beside a clock that nobody sets, and notices when the wall clock jumps.
///
/// A slow correction (a time server slewing the clock) is no jump: only what changes between two readings counts.
struct WallWatch {
    /// A change beyond this between two readings is a jump.
    static let tolerance = Duration.seconds(2)

    /// The wall clock's reading at the start.
    let base: Timestamp
    /// Since when heartbeats can be judged: the start, the last jump, or the end of a time in which nobody could hear of them.
    private(set) var heartbeatsSince: Timestamp
    private var drift = Duration.zero

    init(startingAt wall: Timestamp) {
        base = wall
        heartbeatsSince = wall
    }

    /// The time on both scales.
    ///
    /// - Parameters:
    ///   - wall: The wall clock's reading.
    ///   - now: The time since the start by the other clock.
    /// - Returns: The time, and whether the wall clock has jumped since the last reading.
    mutating func read(_ wall: Timestamp, at now: Duration) -> (time: LedgerTime, hasJumped: Bool) {
        let steady = base + now
        let change = wall - steady - drift
        drift = wall - steady
        let hasJumped = change > Self.tolerance || change < .zero - Self.tolerance
        if hasJumped { heartbeatsSince = wall }
        return (LedgerTime(wall: wall, steady: steady), hasJumped)
    }

    /// Notes that heartbeats can't be known now.
    mutating func isDeaf(at wall: Timestamp) { heartbeatsSince = wall }

    /// A moment of the other clock on the steady scale.
    func steady(_ moment: Duration) -> Timestamp { base + moment }

    /// A moment of the steady scale as time since the start.
    func moment(_ steady: Timestamp) -> Duration { steady - base }
}

/// The time on every scale, as of one moment.
struct SchedulerTime {
    /// The time since the dispatcher's start by a clock that nobody sets.
    let now: Duration
    /// The same moment as rows have it.
    let time: LedgerTime
    /// Converts between the two.
    let watch: WallWatch
}
