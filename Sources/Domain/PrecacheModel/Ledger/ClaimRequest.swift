/// A wish for hosts of one job.
public struct ClaimRequest: Hashable, Sendable {
    /// The job.
    public var job: JobID
    /// The most hosts to claim, at least 1.
    public var limit: Int

    /// Puts a request together.
    public init(job: JobID, limit: Int) {
        self.job = job
        self.limit = limit
    }
}
