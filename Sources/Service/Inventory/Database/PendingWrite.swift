internal import GRDB

/// A write that waits for its transaction.
struct PendingWrite: Sendable {
    /// Does the write inside an open transaction.
    ///
    /// May run more than once, if a transaction that it shared had to be rolled back. Returns what to do after the
    /// commit, the last of it telling the caller.
    let run: @Sendable (Database) throws -> [@Sendable () -> Void]
    /// Tells the caller that it failed.
    let fail: @Sendable (any Error) -> Void
}
