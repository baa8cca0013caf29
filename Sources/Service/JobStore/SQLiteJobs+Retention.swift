internal import GRDB
internal import Inventory
internal import PrecacheModel

extension SQLiteJobs {
    /// Rows that one transaction of a pruning deletes at most, so that the writer is never held for long.
    static let pruneBatch = 2_000

    /// Deletes jobs that have ended and that the policy no longer keeps, with their results and events, and forgets
    /// idempotency keys whose time is up.
    ///
    /// In batches: other writes go between. What a crash interrupts, the next call finishes.
    ///
    /// - Returns: How many jobs went.
    /// - Throws: `StoreError`, or `CancellationError` between two batches.
    @discardableResult
    public func prune(_ policy: RetentionPolicy) async throws -> Int {
        let now = clock()
        var count = 0
        while true {
            try Task.checkCancellation()
            let gone = try await database.write { [board] database, after in
                let gone = try RetentionRows.unlink(database, policy: policy, now: now, limit: 100)
                after.perform { for id in gone { board.forget(id) } }
                return gone
            }
            count += gone.count
            while try await database.write({ database, _ in
                try RetentionRows.empty(database, limit: Self.pruneBatch)
            }) {
                try Task.checkCancellation()
            }
            if gone.isEmpty { break }
        }
        while try await database.write({ database, _ in
            try IdempotencyRows.prune(database, now: now, limit: Self.pruneBatch)
        }) > 0 {
            try Task.checkCancellation()
        }
        while try await database.vacuum(pages: Self.pruneBatch) > Self.pruneBatch {
            try Task.checkCancellation()
        }
        return count
    }
}
