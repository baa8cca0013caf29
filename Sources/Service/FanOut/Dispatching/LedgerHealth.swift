import PrecacheModel

/// How the ledger's calls go, and when the next may be made.
struct LedgerHealth {
    let retry: RetryPolicy
    /// When the next call may be made; nil for at once.
    private(set) var retryAt: Duration?
    /// Calls that have failed in a row.
    private(set) var failures = 0
    /// What the last failure said.
    private(set) var problem: String?

    init(retry: RetryPolicy) { self.retry = retry }

    /// Whether a call may be made.
    func allowsCall(at now: Duration) -> Bool { retryAt.map { $0 <= now } ?? true }

    mutating func succeeded() {
        retryAt = nil
        failures = 0
        problem = nil
    }

    mutating func failed(_ error: any Error, at now: Duration, jitter: Double) {
        failures += 1
        problem = String(String(describing: error).prefix(500))
        retryAt = now + retry.delay(after: failures, jitter: 0.5 + jitter / 2)
    }
}
