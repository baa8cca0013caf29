internal import GRDB
internal import Inventory
package import PrecacheModel

extension SQLiteJobs {
    /// Rows that one transaction of a pruning deletes at most, so that the writer is never held for long.
    static let pruneBatch = 2_000

    /// Deletes jobs that have ended and that the policy no longer keeps, with their results and events, and forgets
    /// idempotency keys whose time is up.
    ///
    /// In batches: other writes go between. What a crash or a cancelled task interrupts, the next call finishes.
    ///
    /// - Returns: How many jobs went.
    /// - Throws: `StoreError`.
    @discardableResult
    package func prune(_ policy: RetentionPolicy) async throws(StoreError) -> Int {
        let now = clock()
        var count = 0
        var gone: Int
        repeat {
            gone = try await unlink(policy, now: now)
            count += gone
            try await repeatWhileTrue { database in
                try RetentionRows.empty(database, limit: Self.pruneBatch)
            }
        } while gone > 0 && !Task.isCancelled
        try await repeatWhileTrue { database in
            try IdempotencyRows.prune(database, now: now, limit: Self.pruneBatch) > 0
        }
        while try await database.vacuum(pages: Self.pruneBatch) > Self.pruneBatch, !Task.isCancelled {}
        return count
    }

    private func unlink(_ policy: RetentionPolicy, now: Timestamp) async throws(StoreError) -> Int {
        try await database.write { [board] database, after in
            let gone = try RetentionRows.unlink(database, policy: policy, now: now, limit: 100)
            after.perform { for id in gone { board.forget(id) } }
            return gone.count
        }
    }

    /// Does a write again and again, each in a transaction of its own, until it says that there is no more.
    private func repeatWhileTrue(
        _ body: @escaping @Sendable (Database) throws -> Bool
    ) async throws(StoreError) {
        while !Task.isCancelled {
            guard try await database.write({ database, _ in try body(database) }) else { return }
        }
    }
}
