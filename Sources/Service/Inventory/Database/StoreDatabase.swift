internal import Dispatch
package import GRDB
package import PrecacheModel
internal import Synchronization

/// The one SQLite file that holds the service's state.
///
/// WAL with `synchronous = FULL`: what a write has returned from survives a power cut. One writer, a bounded number of
/// readers, each on queues of their own, so no SQLite call ever blocks a thread of the cooperative pool or a loop.
package final class StoreDatabase: Sendable {
    /// The file's path.
    package let path: String

    private let pool: DatabasePool
    private let writer: GroupWriter
    private let lock: Mutex<DatabaseLock?>

    init(path: String, pool: DatabasePool, lock: DatabaseLock?) {
        self.path = path
        self.pool = pool
        self.lock = Mutex(lock)
        writer = GroupWriter(pool: pool)
    }

    /// Opens the database, creates it if there is none, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - access: Whether this is the service or a command beside it.
    ///   - migrations: Every schema step there ever was, oldest first.
    ///   - options: Readers, timeouts, size limit.
    /// - Returns: The open database.
    /// - Throws: `StoreError` that names the file and what to do: in use, newer version, corrupt, not a database,
    ///   read-only, no room.
    package static func open(
        path: String,
        access: StoreAccess,
        migrations: [StoreMigration],
        options: StoreOptions = StoreOptions()
    ) async throws(StoreError) -> StoreDatabase {
        let opening = StoreOpening(path: path, access: access, migrations: migrations, options: options)
        let result = await withCheckedContinuation { continuation in
            DispatchQueue(label: "precache.store.open").async {
                continuation.resume(returning: Result { () throws(StoreError) in try opening.run() })
            }
        }
        return try result.get()
    }

    /// Reads in a snapshot of its own; doesn't wait for the writer.
    ///
    /// Stops early, with an error, when the calling task is cancelled.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await pool.read(body) } catch { throw StoreError(error, path: path) }
    }

    /// Writes, and returns when the write is durable.
    ///
    /// Writes that arrive together share a transaction. The body may run more than once.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database, AfterCommit) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await writer.write(body) } catch { throw StoreError(error, path: path) }
    }

    /// Gives free pages back to the file system, so many at a time.
    ///
    /// - Parameter pages: Pages of 4 KiB at most, so that the writer isn't held for long.
    /// - Returns: Pages still free.
    /// - Throws: `StoreError`.
    @discardableResult
    package func vacuum(pages: Int) async throws(StoreError) -> Int {
        try await write { database, _ in
            // One row per freed page: all must be stepped through.
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(\(pages))")
            return try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        }
    }

    /// Checks that the database can be read and written now, for a readiness probe; changes nothing.
    package func check() async throws(StoreError) {
        try await write { _, _ in }
        _ = try await read { try Int.fetchOne($0, sql: "PRAGMA schema_version") }
    }

    /// Finishes the writes that were taken, closes the file and lets go of its lock.
    ///
    /// Later calls throw `StoreError` with code `closed`.
    package func close() async {
        try? await writer.write { _, _ in }
        writer.close()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue(label: "precache.store.close").async { [pool] in
                try? pool.close()
                continuation.resume()
            }
        }
        lock.withLock { $0 = nil }
    }
}
