import Foundation
import GRDB
import PrecacheModel
import Store
import StoreSQLite
import Synchronization
import Testing

/// Writes that come together share a transaction, and none harms another.
@Suite(.onSQLite, .timeLimit(.minutes(10)))
struct GroupWriterTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(options: SQLiteOptions = SQLiteOptions()) async throws -> SQLiteEngine {
        let store = try await SQLiteEngine.open(
            path: directory.file("state.db"),
            access: .service,
            migrations: StoreMigration.all + [
                StoreMigration("test") {
                    try $0.script("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)")
                }
            ],
            options: options
        )
        return store
    }

    private func count(_ store: SQLiteEngine) async throws -> Int {
        try await store.read { try $0.first("SELECT count(*) FROM t") { $0[0] as Int } ?? -1 }
    }

    @Test func manyWritesShareFewTransactions() async throws {
        let store = try await open()
        let commits = CommitCounter()
        try await store.write(.rare) { database, _ in
            (database as? GRDBConnection)?.database.add(
                transactionObserver: commits,
                extent: .databaseLifetime
            )
        }
        try await withThrowingTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    try await store.write(.rare) { database, _ in
                        try database.run("INSERT INTO t (a) VALUES (?1)", [number])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(store) == 500)
        #expect(commits.count < 250)
        await store.close()
    }

    @Test func aRefusedWriteTakesNoOtherWithIt() async throws {
        let store = try await open()
        let outcomes = await withTaskGroup(returning: (good: Int, bad: Int).self) { group in
            for number in 0..<100 {
                group.addTask {
                    do {
                        _ = try await store.write(.rare) { database, _ in
                            // Each value twice: the second is refused.
                            try database.run("INSERT INTO t (a) VALUES (?1)", [number / 2])
                        }
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(into: (0, 0)) { sums, isGood in
                sums.0 += isGood ? 1 : 0
                sums.1 += isGood ? 0 : 1
            }
        }
        #expect(outcomes.good == 50)
        #expect(outcomes.bad == 50)
        #expect(try await count(store) == 50)
        await store.close()
    }

    @Test func anErrorRollsItsWholeWriteBack() async throws {
        let store = try await open()
        let error = await #expect(throws: StoreError.self) {
            try await store.write(.rare) { database, after in
                after.perform { Issue.record("told of a commit that never was") }
                try database.script("INSERT INTO t (a) VALUES (1)")
                throw StoreError.notFound("host", "h")
            }
        }
        #expect(error == StoreError.notFound("host", "h"))
        #expect(try await count(store) == 0)
        await store.close()
    }

    @Test func memoryHearsOfCommitsInTheirOrder() async throws {
        let store = try await open()
        let heard = Heard()
        try await withThrowingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    try await store.write(.rare) { database, after in
                        let insert = "INSERT INTO t (b) VALUES (NULL) RETURNING a"
                        let row = try database.first(insert) { $0[0] as Int } ?? 0
                        after.perform { heard.note(row) }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(heard.rows == Array(1...200))
        await store.close()
    }

    @Test func aFullDiskFailsTheLargeWriteAndKeepsTheSmallOnes() async throws {
        let store = try await open(options: SQLiteOptions(maximumPages: 100))
        let large = Task {
            try await store.write(.rare) { database, _ in
                try database.script("INSERT INTO t (b) VALUES (zeroblob(1000000))")
            }
        }
        async let small: Void = store.write(.rare) { database, _ in
            try database.script("INSERT INTO t (a) VALUES (5)")
        }
        let result = await large.result
        try await small
        guard case .failure(let error as StoreError) = result else {
            Issue.record("the large write succeeded")
            return
        }
        #expect(error.code == .full)
        #expect(error.message.contains("make room"))
        #expect(try await count(store) == 1)
        // When there is room again, all works again.
        try await store.write(.rare) { database, _ in try database.script("PRAGMA max_page_count = 100000") }
        try await store.write(.rare) { database, _ in
            try database.script("INSERT INTO t (b) VALUES (zeroblob(1000000))")
        }
        #expect(try await count(store) == 2)
        await store.close()
    }

    @Test func isInDoubtFromARefusedWriteUntilOneAsLargeHasRoom() async throws {
        let store = try await open(options: SQLiteOptions(maximumPages: 100))
        try await store.check()
        #expect(store.doubt == nil)
        await #expect(throws: StoreError.self) {
            try await store.write(.rare) { database, _ in
                try database.script("INSERT INTO t (b) VALUES (zeroblob(1000000))")
            }
        }
        #expect(store.doubt?.code == .full, "at once, without a check")
        // All the room but a few pages.
        try await store.write(.rare) { database, _ in
            let pages = try database.first("PRAGMA page_count") { $0[0] as Int } ?? 0
            try database.script("INSERT INTO t (a, b) VALUES (7, zeroblob(\((90 - pages) * 4096)))")
        }
        for _ in 0..<3 {
            let error = await #expect(throws: StoreError.self) { try await store.check() }
            #expect(error?.code == .full && store.doubt?.code == .full, "a little would find room")
        }
        try await store.write(.rare) { database, _ in try database.script("DELETE FROM t WHERE a = 7") }
        try await store.check()
        #expect(store.doubt == nil)
        await store.close()
    }

    @Test func aCheckReallyWrites() async throws {
        let store = try await open()
        let log = directory.file("state.db-wal")
        for _ in 0..<3 {
            let before = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
            try await store.check()
            let after = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
            #expect(after > before)
        }
        await store.close()
    }

    @Test func aReadOnlyConnectionIsToldAsSuchAndSurvived() async throws {
        let store = try await open()
        try await store.write(.rare) { database, _ in try database.script("INSERT INTO t (a) VALUES (1)") }
        let error = await #expect(throws: StoreError.self) {
            try await store.write(.rare) { database, _ in
                try database.script("PRAGMA query_only = 1")
                defer { try? database.script("PRAGMA query_only = 0") }
                try database.script("INSERT INTO t (a) VALUES (2)")
            }
        }
        #expect(error?.code == .readOnly)
        try await store.check()
        await store.close()
    }

    @Test func whatWasCommittedOutlivesACrash() async throws {
        let store = try await open()
        try await store.write(.rare) { database, _ in try database.script("INSERT INTO t (a) VALUES (42)") }
        try directory.copyDatabase("state.db", to: "copy.db")
        let copy = try await SQLiteEngine.open(
            path: directory.file("copy.db"),
            access: .service,
            migrations: StoreMigration.all + [StoreMigration("test") { _ in }]
        )
        #expect(try await count(copy) == 1)
        await copy.close()
        await store.close()
    }
}

/// Counts transactions that were committed.
private final class CommitCounter: TransactionObserver, Sendable {
    private let commits = Mutex(0)
    var count: Int { commits.withLock { $0 } }
    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ database: Database) { commits.withLock { $0 += 1 } }
    func databaseDidRollback(_ database: Database) {}
}

/// Row numbers in the order in which they were heard of.
private final class Heard: Sendable {
    private let list = Mutex<[Int]>([])
    var rows: [Int] { list.withLock { $0 } }
    func note(_ row: Int) { list.withLock { $0.append(row) } }
}
