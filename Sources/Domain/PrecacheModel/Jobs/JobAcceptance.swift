/// What became of a request for a job.
public struct JobAcceptance: Hashable, Sendable {
    /// The job.
    public var job: JobRecord
    /// Whether it had been accepted before, under the same Idempotency-Key.
    public var isReplay: Bool

    /// Puts an acceptance together.
    public init(job: JobRecord, isReplay: Bool) {
        self.job = job
        self.isReplay = isReplay
    }
}
