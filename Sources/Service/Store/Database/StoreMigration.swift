/// One step from an older schema to a newer one.
///
/// Once released, a migration is never edited nor renamed: databases out there remember it by its identifier.
package struct StoreMigration: Sendable {
    /// The name that the database remembers, for example `2026-11-inventory`.
    package let identifier: String
    package let run: @Sendable (any StoreConnection) throws -> Void

    package init(_ identifier: String, run: @escaping @Sendable (any StoreConnection) throws -> Void) {
        self.identifier = identifier
        self.run = run
    }

    /// A step that only runs these statements.
    init(_ identifier: String, sql: String) {
        self.init(identifier) { try $0.script(sql) }
    }

    /// Every schema step there ever was, oldest first.
    package static let all =
        InventorySchema.migrations + JobSchema.migrations + InventorySchema.additions
        + [WebhookSchema.migration]
}
