/// What became of a request for a job.
package struct JobAcceptance: Hashable, Sendable {
    /// The job.
    package var job: JobRecord
    /// Whether it had been accepted before, under the same Idempotency-Key.
    package var isReplay: Bool

    package init(job: JobRecord, isReplay: Bool) {
        self.job = job
        self.isReplay = isReplay
    }
}
