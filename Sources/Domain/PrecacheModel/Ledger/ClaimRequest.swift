/// A wish for hosts of one job.
package struct ClaimRequest: Hashable, Sendable {
    /// The job.
    package var job: JobID
    /// The most hosts to claim, at least 1.
    package var limit: Int

    package init(job: JobID, limit: Int) {
        self.job = job
        self.limit = limit
    }
}
