internal import GRDB
internal import PrecacheModel
internal import Store
internal import Synchronization

/// Writes that arrive while the disk is busy share the next transaction, and so one fsync.
///
/// Nobody waits on purpose: a lone write begins at once. Each write is a savepoint, so one that fails takes nothing
/// else with it. If the transaction itself fails (disk full, I/O error), each write is tried again on its own, so
/// that a large one doesn't take small ones with it.
final class GroupWriter: Sendable {
    /// Writes that share a transaction at most, so that it stays short.
    static let groupLimit = 1_024

    /// A write that waits for its transaction.
    private struct PendingWrite: Sendable {
        /// Does the write inside an open transaction.
        ///
        /// May run more than once, if a transaction that it shared had to be rolled back. Returns what to do after the
        /// commit, the last of it telling the caller.
        let run: @Sendable (Database) throws -> [@Sendable () -> Void]
        /// Tells the caller that it failed.
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var pending: [PendingWrite] = []
        var isScheduled = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let pool: DatabasePool
    private let path: String
    private let lock: DatabaseLock?

    /// - Parameters:
    ///   - pool: The database.
    ///   - lock: Asked before each transaction whether the files are in place; nil for a command's short life.
    init(pool: DatabasePool, lock: DatabaseLock?) {
        self.pool = pool
        self.lock = lock
        path = pool.path
    }

    /// Does a write; returns when it is durable.
    ///
    /// Not stopped by task cancellation: a report that was taken is kept.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database, AfterCommit) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let write = PendingWrite(
                run: { database in
                    let after = AfterCommit()
                    let value = try body(database, after)
                    return after.takeActions() + [{ continuation.resume(returning: value) }]
                },
                fail: { continuation.resume(throwing: $0) }
            )
            enqueue(write)
        }
    }

    /// Takes no more writes; what was taken is still done.
    func close() { state.withLock { $0.isClosed = true } }

    private func enqueue(_ write: PendingWrite) {
        let (isClosed, mustSchedule) = state.withLock { state in
            if state.isClosed { return (true, false) }
            state.pending.append(write)
            defer { state.isScheduled = true }
            return (false, !state.isScheduled)
        }
        if isClosed { write.fail(StoreError(.closed, message: "'\(path)' has been closed")) }
        if mustSchedule { schedule() }
    }

    private func schedule() {
        pool.asyncWriteWithoutTransaction { [self] database in drain(database) }
    }

    private func drain(_ database: Database) {
        let group = state.withLock { state in
            let group = Array(state.pending.prefix(Self.groupLimit))
            state.pending.removeFirst(group.count)
            state.isScheduled = !state.pending.isEmpty
            return group
        }
        do throws(StoreError) {
            try lock?.checkPlace()
            commit(group, in: database)
        } catch {
            for write in group { write.fail(error) }
        }
        if state.withLock({ $0.isScheduled && !$0.pending.isEmpty }) { schedule() }
    }

    private func commit(_ group: [PendingWrite], in database: Database) {
        var actions: [@Sendable () -> Void] = []
        var refused: [@Sendable () -> Void] = []
        do {
            try database.inTransaction(.immediate) {
                for write in group {
                    do {
                        try database.inSavepoint {
                            actions += try write.run(database)
                            return .commit
                        }
                    } catch {
                        guard isConfined(error, in: database) else { throw error }
                        refused.append { [path] in write.fail(StoreError(error, path: path)) }
                    }
                }
                return .commit
            }
            for action in actions + refused { action() }
        } catch  where group.count > 1 {
            for write in group { commit([write], in: database) }
        } catch {
            for write in group { write.fail(StoreError(error, path: path)) }
        }
    }

    /// Whether a write's failure leaves the transaction usable for the others.
    private func isConfined(_ error: any Error, in database: Database) -> Bool {
        guard database.isInsideTransaction else { return false }
        guard let error = error as? DatabaseError else { return true }
        return error.resultCode == .SQLITE_CONSTRAINT
    }
}
