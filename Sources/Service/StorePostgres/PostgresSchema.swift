internal import Glibc
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

    /// The steps after which a service that doesn't know them can't go on.
    static let breakingSteps = "SELECT identifier FROM store_migration WHERE breaking = 1"

    /// Makes the tables, or what newer versions added to them.
    ///
    /// Several that start at once wait for each other. What only adds is done beside services that live; what breaks them
    /// waits until they are gone, unless they are fenced. A command does neither beside a service.
    func bringUpToDate(_ access: StoreAccess, takesOver: Bool) throws {
        try checkServer()
        // A step may take its time, and so may whoever was first.
        let limits = PostgresLimits(statement: 0, lock: 60, idle: 0)
        try link.transaction("READ COMMITTED READ WRITE", limits) { _ in
            try waitForOthers(limits)
            let applied = try applied()
            if applied == nil {
                try link.script(
                    "CREATE TABLE store_migration (identifier TEXT PRIMARY KEY, breaking INTEGER NOT NULL)"
                )
                try link.script(PostgresWriter.schema)
            }
            let missing = migrations.filter { applied?.contains($0.identifier) != true }
            if applied != nil { try makeWay(for: missing, access, takesOver: takesOver) }
            for migration in missing {
                try migration.run(link)
                try link.run(
                    "INSERT INTO store_migration VALUES (?1, ?2)",
                    [migration.identifier, migration.isBreaking]
                )
            }
            if !missing.isEmpty { try tune() }
            try link.run(PostgresWriter.clearing)
        }
    }

    /// Lets one at a time go on: the others wait until its transaction has ended.
    private func waitForOthers(_ limits: PostgresLimits) throws {
        do { try link.exec("SELECT \(Self.lock(2))", within: limits.answer) } catch {
            guard error.state == "55P03" else { throw error }
            throw StoreError(
                .busy,
                message: "'\(place)' is still being brought up to date by another that started "
                    + "\(limits.lock) seconds ago or earlier: see how that one gets on, and try again"
            )
        }
    }

    /// Sees that no service lives that can't go on beside `missing`.
    private func makeWay(for missing: [StoreMigration], _ access: StoreAccess, takesOver: Bool) throws {
        let isBreaking = missing.contains { $0.isBreaking }
        let isInTheWay = access == .tool ? !missing.isEmpty : isBreaking
        guard isInTheWay, try exists("controller") else { return }
        if access == .tool || !takesOver {
            let living = try living()
            guard living.isEmpty else {
                let steps = missing.map(\.identifier).joined(separator: ", ")
                let remedy =
                    access == .tool
                    ? "start this version's service, which takes them"
                    : "stop them, or start with --take-over"
                throw StoreError(
                    .busy,
                    message:
                        "'\(place)' is in use by \(living.joined(separator: ", ")), and lacks steps of this version "
                        + "(\(steps)): \(remedy)"
                )
            }
        }
        // Also one that only sleeps: it may not write a word more.
        if isBreaking { try link.run("UPDATE controller SET fenced = 1 WHERE fenced = 0") }
    }

    /// Three beats, by default, and one at least (`controllers.beat_seconds`).
    private static let watch = Duration.seconds(9)

    /// The services that live: whose beat moves while it is watched.
    private func living() throws -> [String] {
        let watch = "SELECT id, beat, name, version FROM controller WHERE fenced = 0 ORDER BY id"
        var beats: [Int64: Int64] = [:]
        var living: [Int64: String] = [:]
        let end = ContinuousClock.now + Self.watch
        while true {
            // Before the look: the last one is after the time, whatever held this process up meanwhile.
            let isLast = ContinuousClock.now >= end
            let seen = try link.all(watch) { row in
                (
                    id: row[0] as Int64, beat: row[1] as Int64,
                    name: "\(row[2] as String) (\(row[3] as String))"
                )
            }
            for controller in seen {
                let before = beats[controller.id, default: controller.beat]
                if before != controller.beat { living[controller.id] = controller.name }
                beats[controller.id] = before
            }
            if isLast || living.count == beats.count { break }
            usleep(200_000)
        }
        return living.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Whether ``bringUpToDate(_:takesOver:)`` would take the database for its own; changes nothing.
    func check() throws {
        try checkServer()
        try link.transaction("READ COMMITTED READ ONLY", PostgresLimits(statement: 20)) { _ in
            _ = try applied()
        }
    }

    private func checkServer() throws {
        guard try link.first("SELECT current_schema()", [], { $0[0] as String? }) != .some(nil) else {
            throw StoreError(.failed, message: "'\(place)' has no schema for tables: see its search_path")
        }
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
        guard try exists("store_migration") else {
            // What extensions brought along is nobody's database.
            let others = try link.first(
                """
                SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
                    SELECT 1 FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                """
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

    private func exists(_ table: String) throws -> Bool {
        try link.first(
            """
            SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema() AND c.relname = ?1
            """,
            [table]
        ) { $0[0] as Bool } ?? false
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
