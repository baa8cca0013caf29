/// What a transaction of the ledger did, beyond what was asked.
public struct LedgerChange: Hashable, Sendable {
    /// The jobs that ended with it.
    public var endedJobs: [JobID]
    /// Results (one image on one host) that a bulk finish finished, by the reason they got.
    public var finishedResults: [Reason: Int]
    /// Reports that were ignored because they are of another attempt or of a host that isn't claimed.
    public var staleReports: Int

    /// Hosts that a bulk finish finished although a process that is gone had begun a task on them: their agents may
    /// work on it still, and have to be told.
    public var leftAtWork: [ClaimedHost]

    /// Puts a change together.
    public init(
        endedJobs: [JobID] = [],
        finishedResults: [Reason: Int] = [:],
        staleReports: Int = 0,
        leftAtWork: [ClaimedHost] = []
    ) {
        self.leftAtWork = leftAtWork
        self.endedJobs = endedJobs
        self.finishedResults = finishedResults
        self.staleReports = staleReports
    }
}
