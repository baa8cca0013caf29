internal import PrecacheModel
internal import Synchronization

/// Carries a dry run's changes out of the transaction that is rolled back.
final class DryRunResult: Sendable {
    private let value = Mutex<[InventoryChange]?>(nil)

    /// Nil until the dry run has come to its end.
    var changes: [InventoryChange]? { value.withLock { $0 } }

    func set(_ changes: [InventoryChange]) { value.withLock { $0 = changes } }
}
