import PrecacheModel

/// The time on every scale, as of one moment.
struct SchedulerTime {
    /// The time since the dispatcher's start by a clock that nobody sets.
    let now: Duration
    /// The same moment as rows have it.
    let time: LedgerTime
    /// Converts between the two.
    let watch: WallWatch
}
