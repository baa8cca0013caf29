internal import Dispatch
internal import GRDB
package import PrecacheModel
package import Store
internal import Synchronization

/// The one SQLite file that holds the service's state.
///
/// WAL with `synchronous = FULL`: what a write has returned from survives a power cut. One writer, a bounded number of
/// readers, each on queues of their own, so no SQLite call ever blocks a thread of the cooperative pool or a loop.
package final class SQLiteEngine: StoreEngine {
    /// The file's path.
    package let path: String

    private let pool: DatabasePool
    private let writer: GroupWriter
    private let lock: DatabaseLock?
    private let doubts = Mutex(Doubts())

    private struct Doubts {
        var last: StoreError?
        /// Rises with each, so that a check in whose time there was another doesn't clear that one.
        var count = 0
    }

    init(path: String, pool: DatabasePool, lock: DatabaseLock?) {
        self.path = path
        self.pool = pool
        self.lock = lock
        writer = GroupWriter(pool: pool, lock: lock)
    }

    /// Opens the database, creates it if there is none, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - access: Whether this is the service or a command beside it.
    ///   - migrations: Every schema step there ever was, oldest first; others are for tests.
    ///   - options: Readers, timeouts, size limit.
    /// - Returns: The open database.
    /// - Throws: `StoreError` that names the file and what to do: in use, newer version, corrupt, not a database,
    ///   read-only, no room.
    package static func open(
        path: String,
        access: StoreAccess = .service,
        migrations: [StoreMigration] = StoreMigration.all,
        options: SQLiteOptions = SQLiteOptions()
    ) async throws(StoreError) -> SQLiteEngine {
        let opening = SQLiteOpening(path: path, access: access, migrations: migrations, options: options)
        let result = await withCheckedContinuation { continuation in
            DispatchQueue(label: "precache.store.open").async {
                continuation.resume(returning: Result { () throws(StoreError) in try opening.run() })
            }
        }
        return try result.get()
    }

    /// Whether a service could open the database, or make it; changes nothing, and works beside one that has it open.
    ///
    /// Blocks.
    ///
    /// - Throws: `StoreError` that names the file and what to do.
    package static func checkPlace(path: String) throws(StoreError) {
        try DatabaseFile.check(path: path)
        try SQLiteOpening(
            path: path,
            access: .tool,
            migrations: StoreMigration.all,
            options: SQLiteOptions()
        ).check()
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try lock?.recallPlace()
        do { return try await pool.read { try body(GRDBConnection($0)) } } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Writes that arrive together share a transaction, whatever they are about: there is one writer.
    package func write<Value: Sendable>(
        _ scope: WriteScope,
        _ body: @escaping @Sendable (any StoreConnection, AfterCommit) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await writer.write { try body(GRDBConnection($0), $1) } } catch {
            let error = StoreError(error, path: path)
            if [.full, .readOnly, .corrupt].contains(error.code) {
                doubts.withLock { $0 = Doubts(last: error, count: $0.count + 1) }
            }
            throw error
        }
    }

    /// Pages of 4 KiB, so many at a time that the writer isn't held for long.
    @discardableResult
    package func vacuum(pages: Int) async throws(StoreError) -> Int {
        try await write(.rare) { database, _ in
            // One row per freed page: all must be stepped through.
            try database.rows("PRAGMA incremental_vacuum(\(pages))", []) { _ in }
            return try database.first("PRAGMA freelist_count") { $0[0] } ?? 0
        }
    }

    package func check() async throws(StoreError) {
        let before = doubts.withLock { $0 }
        try await write(.rare) { database, _ in try database.probe(forRoom: before.last != nil) }
        _ = try await read { try $0.first("PRAGMA schema_version") { $0[0] as Int } }
        doubts.withLock { if $0.count == before.count { $0.last = nil } }
    }

    package var doubt: StoreError? { doubts.withLock { $0.last } }

    // The file has one service.
    package let isShared = false
    package func ring(_ bells: Set<Bell>) {}
    package var bells: AsyncStream<Set<Bell>> { AsyncStream { $0.finish() } }
    package let bellTrouble: StoreError? = nil
    package func unknownBreakingSteps() async throws(StoreError) -> [String] { [] }

    /// A file isn't away.
    package func beginClose() {}

    /// Also lets go of the locks.
    package func close() async {
        try? await writer.write { _, _ in }
        writer.close()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue(label: "precache.store.close").async { [pool] in
                // What is in the log goes into the file, which is whole by itself then: people copy it.
                _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                try? pool.close()
                continuation.resume()
            }
        }
        lock?.release()
    }
}
