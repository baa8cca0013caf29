package import PrecacheModel
internal import Synchronization

extension StoredInventory {
    /// Applies a whole inventory in one transaction, or finds out what that would change.
    ///
    /// - Parameters:
    ///   - document: What there shall be.
    ///   - prune: Whether what the document doesn't list goes, for each kind that the document speaks of.
    ///   - dryRun: Whether nothing is to be changed: the same work is done and rolled back.
    /// - Returns: What changed or would, in the document's order, removals last; nothing if all was so already.
    /// - Throws: `notFound` with subject `host` for members that are neither in the document nor in the inventory, or
    ///   that pruning would remove; all are named with their paths.
    package func apply(
        _ document: InventoryDocument,
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [InventoryChange] {
        let now = clock()
        let trial = DryRunResult()
        do {
            return try await change { [book] database, after in
                try InventoryCheck(database: database, document: document, prune: prune).run()
                var application = InventoryApplication(
                    database: database,
                    document: document,
                    prune: prune,
                    now: now
                )
                let plan = try application.run()
                if dryRun {
                    trial.set(plan.changes)
                    throw StoreError(.failed, message: "dry run: rolled back")
                }
                after.perform { book.forget(plan.removedHosts) }
                return plan.changes
            }
        } catch {
            guard let changes = trial.changes else { throw error }
            return changes
        }
    }
}

/// Carries a dry run's changes out of the transaction that is rolled back.
private final class DryRunResult: Sendable {
    private let value = Mutex<[InventoryChange]?>(nil)

    /// Nil until the dry run has come to its end.
    var changes: [InventoryChange]? { value.withLock { $0 } }

    func set(_ changes: [InventoryChange]) { value.withLock { $0 = changes } }
}
