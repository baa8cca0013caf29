internal import PrecacheModel
internal import Store

/// The schema: whose it is, how new it is, and its steps.
struct PostgresSchema {
    let link: PostgresLink
    let place: PostgresPlace
    let migrations: [StoreMigration]

    /// The oldest server that is known to do: Debian 12 has it.
    private static let oldestServer = 150_000

    /// A lock until the transaction's end, told from other programs' by "PRCH".
    static func lock(_ number: Int) -> String { "pg_advisory_xact_lock(\(0x5052_4348), \(number))" }

    /// The lock that a service has while it runs.
    static let sessionLock = "pg_advisory_lock(\(0x5052_4348), 3)"

    /// Makes the tables, or what newer versions added to them.
    ///
    /// Several that start at once wait for each other.
    func bringUpToDate() throws {
        try checkServer()
        try link.transaction("BEGIN; SELECT \(Self.lock(2))") { _ in
            let applied = try applied()
            if applied == nil {
                try link.script("CREATE TABLE store_migration (identifier TEXT PRIMARY KEY)")
            }
            let missing = migrations.filter { applied?.contains($0.identifier) != true }
            guard !missing.isEmpty else { return }
            for migration in missing {
                try migration.run(link)
                try link.run("INSERT INTO store_migration VALUES (?1)", [migration.identifier])
            }
            try tune()
        }
    }

    /// Whether ``bringUpToDate()`` would take the database for its own; changes nothing.
    func check() throws {
        try checkServer()
        try link.transaction("BEGIN READ ONLY") { _ in _ = try applied() }
    }

    private func checkServer() throws {
        guard link.serverVersion >= Self.oldestServer else {
            throw StoreError(
                .failed,
                message: "'\(place)' is PostgreSQL \(link.serverVersion / 10_000): 15 or newer is needed"
            )
        }
        let encoding = try link.first("SELECT current_setting('server_encoding')") { $0[0] as String } ?? ""
        guard encoding == "UTF8" else {
            throw StoreError(
                .failed,
                message:
                    "'\(place)' keeps text as \(encoding): make one with createdb --template=template0 --encoding=UTF8"
            )
        }
    }

    /// The steps that the database has been through; nil for an empty one.
    private func applied() throws -> Set<String>? {
        let isOurs = try link.first("SELECT to_regclass('store_migration') IS NOT NULL") { $0[0] as Bool }
        guard isOurs == true else {
            let others = try link.first(
                "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(current_schema())"
            ) { $0[0] as Int }
            guard others == 0 else {
                throw StoreError(
                    .corrupt,
                    message: "'\(place)' is another program's database: set database.url to one of its own"
                )
            }
            return nil
        }
        let applied = Set(try link.all("SELECT identifier FROM store_migration") { $0[0] as String })
        let unknown = applied.subtracting(migrations.map(\.identifier)).sorted()
        guard unknown.isEmpty else {
            throw StoreError(
                .newerSchema,
                message: "'\(place)' was written by a newer version of precached "
                    + "(it has \(unknown.joined(separator: ", "))): install that version again, or set database.url to another"
            )
        }
        return applied
    }

    /// Rows that change often leave room for their new versions on their page, and what is dead is cleaned up early: a job
    /// leaves 70,000 dead rows for 10,000 hosts and five images.
    private func tune() throws {
        // As large in the file as it is written: it is to find out whether there is room.
        if migrations.contains(where: { $0.identifier == "2026-11-probe" }) {
            try link.script("ALTER TABLE probe ALTER content SET STORAGE EXTERNAL")
        }
        for (table, filled) in [("job", 50), ("job_host", 70), ("job_result", 70)] {
            try link.script(
                "ALTER TABLE IF EXISTS \(table) SET (fillfactor = \(filled), autovacuum_vacuum_scale_factor = 0.02)"
            )
        }
    }
}
