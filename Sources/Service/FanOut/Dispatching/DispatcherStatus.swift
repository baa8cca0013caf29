/// How the dispatcher is, as of its last round.
public struct DispatcherStatus: Hashable, Sendable {
    /// Whether it has taken over what the last process left, and the ledger's last call went well.
    public internal(set) var isHealthy = false
    /// What the ledger said when its last call failed; nil if it went well.
    public internal(set) var ledgerProblem: String?
    /// Jobs that have not ended.
    public internal(set) var openJobs = 0
    /// Attempts under way.
    public internal(set) var inFlight = 0
    /// Reports that the ledger has not got yet.
    public internal(set) var unsavedReports = 0
}
