import PrecacheModel
import Store
import Testing

/// A database of any older version becomes one of this version, with what it held.
@Suite(.timeLimit(.minutes(10)))
struct MigrationTests {
    @Test(arguments: 0..<StoreMigration.all.count)
    func everyOlderSchemaIsBroughtUpToDate(steps: Int) async throws {
        let database = try TestDatabase()
        let old = try await database.open(migrations: Array(StoreMigration.all.prefix(steps)))
        if steps > 0 {
            // In the words of the first version: later code may need later columns.
            try await old.write(.rare) { database, _ in
                try database.script(
                    """
                    INSERT INTO host (name, address, port, enabled, labels, created_at, updated_at)
                    VALUES ('h1', 'h1', 7701, 1, '{"rack":"7"}', 1, 1)
                    """
                )
            }
        }
        await old.close()
        let store = try await database.store()
        let hosts = try await store.inventory.hosts(PageRequest()).items
        #expect(hosts.map(\.entry.labels) == (steps > 0 ? [["rack": "7"]] : []))
        let schema = try await schema(of: store)
        let fresh = try await TestDatabase().store()
        #expect(try await self.schema(of: fresh) == schema)
        await store.close()
        await fresh.close()
    }

    /// A released migration is never edited: add one, and its line here.
    @Test func identifiersStayAsTheyAre() {
        #expect(
            StoreMigration.all.map(\.identifier) == [
                "2026-11-inventory", "2026-11-jobs", "2026-11-tokens", "2026-11-job-keep",
                "2026-11-image-origin", "2026-11-damaged-files",
                "2026-11-compute-uuids", "2026-11-webhooks", "2026-11-token-host", "2026-11-job-account",
                "2026-11-probe", "2026-11-job-reasons", "2026-11-exchanges", "2026-11-controllers",
                "2026-12-coverage", "2026-12-policy-history", "2026-12-event-order",
                "2026-12-job-trace", "2026-12-coverage-history",
            ]
        )
    }

    private func schema(of store: ServiceStore) async throws -> [String] {
        let names =
            TestDatabase.isPostgres
            ? """
            SELECT concat_ws(' ', table_name, column_name, data_type, column_default, is_nullable, collation_name)
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
            """
            : "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY name"
        return try await store.engine.read { try $0.all(names) { $0[0] as String } }
    }
}
