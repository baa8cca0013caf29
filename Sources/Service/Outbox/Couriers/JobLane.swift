import PrecacheModel

/// Where an endpoint is in one job.
///
/// Touched by the endpoint's courier alone, and by one delivery of it at a time.
final class JobLane {
    let job: JobRecord
    /// The courier's generation when this was opened: an older one no longer fits the webhook's entry.
    let generation: Int
    /// The last event that needs no delivery.
    var cursor: Int64
    /// Has taken the events up to the pending one.
    var shaper: NoticeShaper
    /// What is to be delivered next, kept while it fails, so that the shaper takes its event once.
    var pending: Notice?
    /// Events that have been read ahead.
    var ahead: ArraySlice<EventRecord> = []
    /// Tries of the pending notice that have failed.
    var failures = 0
    /// Whether the job's last event has been taken.
    var hasEnded = false

    init(job: JobRecord, generation: Int, cursor: Int64, shaper: NoticeShaper) {
        self.job = job
        self.generation = generation
        self.cursor = cursor
        self.shaper = shaper
    }
}
