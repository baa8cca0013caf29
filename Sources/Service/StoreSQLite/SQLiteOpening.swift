internal import GRDB
internal import PrecacheModel
internal import Store

/// Opens the file: lock, permissions, connections, schema.
///
/// Blocks; runs on a thread that may.
struct SQLiteOpening {
    /// "PRCH": tells our files from other programs' (`PRAGMA application_id`, file(1)).
    static let applicationID = 0x5052_4348

    let path: String
    let access: StoreAccess
    let migrations: [StoreMigration]
    let options: SQLiteOptions

    func run() throws(StoreError) -> SQLiteEngine {
        do {
            let lock = try takeLock()
            try DatabaseFile.prepare(path: path)
            // A command gives the lock back at once, so that the service can start beside it.
            let hold = access != .tool ? lock : nil
            if let hold, try !hold.takeFile(timeout: options.lockTimeout) {
                throw inUse("under another name")
            }
            let pool = try DatabasePool(path: path, configuration: configuration())
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try bringUpToDate(pool, mayMigrate: lock != nil)
            return SQLiteEngine(path: path, pool: pool, lock: hold)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Whether ``run()`` would take the file that is there for its own; changes nothing and makes no file.
    func check() throws(StoreError) {
        let isLogged = DatabaseFile.isThere(path + "-wal")
        // A log without its index can't be read without making one; the start sees to it.
        guard DatabaseFile.isThere(path), isLogged == DatabaseFile.isThere(path + "-shm") else { return }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(options.busyTimeout / .seconds(1))
            let queue = try DatabaseQueue(
                path: isLogged ? path : unusedPath,
                configuration: configuration
            )
            _ = try queue.unsafeRead(knownMigrations)
            try queue.close()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN && !isLogged {
            // An SQLite that was built without URIs (SQLITE_USE_URI; Debian's has them) can't tell.
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// A name by which SQLite reads a file that nobody has open, and makes no log beside it (its page "URI Filenames").
    private var unusedPath: String {
        let escapes: [Character: String] = ["%": "%25", "?": "%3f", "#": "%23"]
        return
            "file:\(path.hasPrefix("/") ? "//" : "")\(path.map { escapes[$0] ?? String($0) }.joined())?immutable=1"
    }

    private func takeLock() throws -> DatabaseLock? {
        let timeout = access != .tool ? options.lockTimeout : .zero
        if let lock = try DatabaseLock.take(path: path, timeout: timeout) { return lock }
        guard access != .tool else { return nil }
        throw inUse(DatabaseLock.owner(path: path).map { "(process \($0))" } ?? "")
    }

    private func inUse(_ how: String) -> StoreError {
        let more = how.isEmpty ? "" : " " + how
        return StoreError(
            .busy,
            message:
                "'\(path)' is in use by another precached\(more): stop it, or set database.path to another file"
        )
    }

    private func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "precache.store"
        configuration.maximumReaderCount = options.readers
        configuration.busyMode = .timeout(options.busyTimeout / .seconds(1))
        let maximumPages = options.maximumPages
        configuration.prepareDatabase { database in
            // 8 MiB a connection at most; the file system's cache does the rest.
            try database.execute(sql: "PRAGMA cache_size = -8192")
            guard !database.configuration.readonly else { return }
            // Only takes effect while the file is empty, before WAL writes its first page.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            // A checkpoint costs an fsync of the file: every 16 MiB of log rather than every 4. After a burst
            // the log is cut back, so that it doesn't keep the disk.
            try database.execute(
                sql: "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864"
            )
            if let maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
        }
        return configuration
    }

    private func bringUpToDate(_ pool: DatabasePool, mayMigrate: Bool) throws {
        let applied = try pool.writeWithoutTransaction(knownMigrations)
        guard applied.count < migrations.count else { return }
        guard mayMigrate else {
            throw StoreError(
                .busy,
                message: "'\(path)' is used by an older precached: stop it and start this version, "
                    + "which brings it up to date"
            )
        }
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
        }
        try migrator().migrate(pool)
    }

    /// The migrations that the file has been through, if it is ours and all are known.
    private func knownMigrations(_ database: Database) throws -> Set<String> {
        try checkOwner(database)
        let applied = try migrator().appliedIdentifiers(database)
        let unknown = applied.subtracting(migrations.map(\.identifier)).sorted()
        guard unknown.isEmpty else {
            throw StoreError(
                .newerSchema,
                message: "'\(path)' was written by a newer version of precached "
                    + "(it has \(unknown.joined(separator: ", "))): "
                    + "install that version again, or set database.path to another file"
            )
        }
        return applied
    }

    private func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.identifier, foreignKeyChecks: .immediate) {
                try migration.run(GRDBConnection($0))
            }
        }
        return migrator
    }

    /// A file with tables must carry our mark.
    private func checkOwner(_ database: Database) throws {
        let identifier = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let objects = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
        guard objects == 0 || identifier == Self.applicationID else {
            throw StoreError(
                .corrupt,
                message: "'\(path)' is another program's database: set database.path to another file"
            )
        }
    }
}

/// How the database is opened; the defaults suit 10,000 hosts.
package struct SQLiteOptions: Sendable {
    /// Reading connections at most.
    ///
    /// The default is 4.
    package var readers: Int
    /// How long a write waits for another process (`precached token …`) before it fails as busy.
    ///
    /// The default is 5 s.
    package var busyTimeout: Duration
    /// How long a start waits for another process to let go of the database.
    ///
    /// The default is 1 s: enough for a command that is just bringing a fresh file up to date.
    package var lockTimeout: Duration
    /// The most pages of 4 KiB that the file may have, or nil for no limit (`PRAGMA max_page_count`).
    package var maximumPages: Int?

    package init(
        readers: Int = 4,
        busyTimeout: Duration = .seconds(5),
        lockTimeout: Duration = .seconds(1),
        maximumPages: Int? = nil
    ) {
        self.readers = max(1, readers)
        self.busyTimeout = busyTimeout
        self.lockTimeout = lockTimeout
        self.maximumPages = maximumPages
    }
}
