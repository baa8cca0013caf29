/// How the dispatcher is, as of its last round.
package struct DispatcherStatus: Hashable, Sendable {
    /// Whether it has taken over what the last process left, and the ledger's last call went well.
    package internal(set) var isHealthy = false
    /// What the ledger said when its last call failed; nil if it went well.
    package internal(set) var ledgerProblem: String?
    /// Jobs that have not ended.
    package internal(set) var openJobs = 0
    /// Attempts under way.
    package internal(set) var inFlight = 0
    /// Reports that the ledger has not got yet.
    package internal(set) var unsavedReports = 0
}
