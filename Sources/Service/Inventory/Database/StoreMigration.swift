package import GRDB

/// One step from an older schema to a newer one.
///
/// Once released, a migration is never edited nor renamed: databases out there remember it by its identifier.
package struct StoreMigration: Sendable {
    /// The name that the database remembers, for example `2026-11-inventory`.
    package let identifier: String
    package let run: @Sendable (Database) throws -> Void

    package init(_ identifier: String, run: @escaping @Sendable (Database) throws -> Void) {
        self.identifier = identifier
        self.run = run
    }

    package static func migrator(_ migrations: [StoreMigration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(
                migration.identifier,
                foreignKeyChecks: .immediate,
                migrate: migration.run
            )
        }
        return migrator
    }
}
