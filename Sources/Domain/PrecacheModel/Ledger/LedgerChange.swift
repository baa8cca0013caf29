/// What a transaction of the ledger did, beyond what was asked.
package struct LedgerChange: Hashable, Sendable {
    /// The jobs that ended with it.
    package var endedJobs: [JobID]
    /// Results (one image on one host) that a bulk finish finished, by the reason they got.
    package var finishedResults: [Reason: Int]
    /// Reports that were ignored because they are of another attempt or of a host that isn't claimed.
    package var staleReports: Int

    /// Hosts that a bulk finish finished although a process that is gone had begun a task on them: their agents may
    /// work on it still, and have to be told.
    package var leftAtWork: [ClaimedHost]

    package init(
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
