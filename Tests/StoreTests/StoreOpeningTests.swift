import Foundation
import GRDB
import PrecacheModel
import Store
import StoreSQLite
import Testing

/// What stands in the way of opening the database is told with the file's name and what mends it.
@Suite(.onSQLite, .timeLimit(.minutes(10)))
struct StoreOpeningTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(
        _ name: String = "state.db",
        access: StoreAccess = .service,
        migrations: [StoreMigration] = StoreMigration.all,
        within lockTimeout: Duration = .milliseconds(50)
    ) async throws(StoreError) -> SQLiteEngine {
        try await SQLiteEngine.open(
            path: directory.file(name),
            access: access,
            migrations: migrations,
            options: SQLiteOptions(lockTimeout: lockTimeout)
        )
    }

    /// A program that another test starts has the locks of a store that was just closed, until its exec.
    private static let afterAClose = Duration.seconds(30)

    @Test func createsFilesThatOnlyTheirOwnerReads() async throws {
        let store = try await open()
        try await store.write(.rare) { database, _ in try database.script("PRAGMA user_version = 1") }
        for suffix in ["", "-wal", "-shm", ".lock"] {
            #expect(try directory.mode(of: "state.db" + suffix) == 0o600, "state.db\(suffix)")
        }
        await store.close()
    }

    @Test func takesOtherUsersPermissionsAway() async throws {
        _ = FileManager.default.createFile(
            atPath: directory.file("state.db"),
            contents: nil,
            attributes: [.posixPermissions: 0o644]
        )
        let store = try await open()
        #expect(try directory.mode(of: "state.db") == 0o600)
        await store.close()
    }

    @Test func writesSafelyAndGivesSpaceBack() async throws {
        let store = try await open()
        let settings = try await store.write(.rare) { database, _ in
            try ["journal_mode", "synchronous", "auto_vacuum", "foreign_keys"].map {
                try database.first("PRAGMA \($0)") { $0[0] as String }
            }
        }
        #expect(settings == ["wal", "2", "2", "1"])
        await store.close()
    }

    @Test func refusesASecondService() async throws {
        let first = try await open()
        let error = await #expect(throws: StoreError.self) { _ = try await open() }
        #expect(error?.code == .busy)
        #expect(
            error?.message == "'\(directory.file("state.db"))' is in use by another precached "
                + "(process \(ProcessInfo.processInfo.processIdentifier)): stop it, "
                + "or set database.path to another file"
        )
        await first.close()
        await (try open(within: Self.afterAClose)).close()
    }

    @Test func refusesASecondServiceByAnotherName() async throws {
        let first = try await open()
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("link.db"),
            withDestinationPath: directory.file("state.db")
        )
        try FileManager.default.linkItem(
            atPath: directory.file("state.db"),
            toPath: directory.file("hard.db")
        )
        for name in ["link.db", "hard.db"] {
            let error = await #expect(throws: StoreError.self) { _ = try await open(name) }
            #expect(error?.code == .busy && error?.message.contains("under another name") == true, "\(name)")
        }
        await first.close()
    }

    /// Files that go from under an open database: which, and whether another takes the place.
    @Test(arguments: ["", "-wal", "-shm"], [false, true])
    func takesNoWritesIntoFilesThatWereMovedAway(suffix: String, isReplaced: Bool) async throws {
        let store = try await open()
        try await store.write(.rare) { database, _ in
            try database.script("INSERT INTO aggregate VALUES (7, 'u', 'a', NULL, '{}', 0, 0)")
        }
        let (file, away) = (directory.file("state.db" + suffix), directory.file("away"))
        try FileManager.default.moveItem(atPath: file, toPath: away)
        if isReplaced { try FileManager.default.copyItem(atPath: away, toPath: file) }
        let error = await #expect(throws: StoreError.self) {
            try await store.write(.rare) { database, _ in try database.script("DELETE FROM aggregate") }
        }
        #expect(error?.code == .moved && error?.message.contains(file) == true)
        await #expect(throws: StoreError.self) { try await store.check() }
        let reading = await #expect(throws: StoreError.self) { try await store.read { _ in } }
        #expect(reading?.code == .moved, "it might come from another file")
        if isReplaced { try FileManager.default.removeItem(atPath: file) }
        try FileManager.default.moveItem(atPath: away, toPath: file)
        try await store.check()
        let count = try await store.read { try $0.first("SELECT count(*) FROM aggregate") { $0[0] as Int } }
        #expect(count == 1, "nothing was taken meanwhile")
        await store.close()
    }

    @Test func keepsItsPathFromASecondServiceAfterAllOfItWasMoved() async throws {
        let store = try await open()
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            try FileManager.default.moveItem(
                atPath: directory.file(name),
                toPath: directory.file("away-" + name)
            )
        }
        await #expect(throws: StoreError.self) { try await store.check() }
        for name in ["state.db", "away-state.db"] {
            let error = await #expect(throws: StoreError.self) { _ = try await open(name) }
            #expect(error?.code == .busy, "\(name)")
        }
        await store.close()
        await (try open("away-state.db", within: Self.afterAClose)).close()
    }

    @Test func goesOnWithoutItsLockFileAndTakesItAgain() async throws {
        let store = try await open()
        try FileManager.default.removeItem(atPath: directory.file("state.db.lock"))
        try await store.check()
        await #expect(throws: StoreError.self) { _ = try await open() }
        await store.close()
    }

    @Test func letsACommandWorkBesideTheService() async throws {
        let service = try await open()
        let tool = try await open(access: .tool)
        try await tool.write(.rare) { database, _ in
            try database.script("INSERT INTO aggregate VALUES (7, 'u', 'a', NULL, '{}', 0, 0)")
        }
        let count = try await service.read { try $0.first("SELECT count(*) FROM aggregate") { $0[0] as Int } }
        #expect(count == 1)
        await tool.close()
        await service.close()
    }

    @Test func aCommandDoesNotKeepTheServiceFromStarting() async throws {
        let tool = try await open(access: .tool)
        let service = try await open()
        await tool.close()
        await service.close()
    }

    @Test func refusesANewerDatabase() async throws {
        let newer = StoreMigration.all + [StoreMigration("2031-from-the-future") { _ in }]
        await (try open(migrations: newer)).close()
        let error = await #expect(throws: StoreError.self) {
            _ = try await open(within: Self.afterAClose)
        }
        #expect(error?.code == .newerSchema)
        #expect(
            error?.message == "'\(directory.file("state.db"))' was written by a newer version of precached "
                + "(it has 2031-from-the-future): install that version again, "
                + "or set database.path to another file"
        )
    }

    @Test func aCommandDoesNotChangeTheSchemaUnderAService() async throws {
        let service = try await open()
        let newer = StoreMigration.all + [StoreMigration("next") { _ in }]
        let error = await #expect(throws: StoreError.self) {
            _ = try await open(access: .tool, migrations: newer)
        }
        #expect(error?.message.contains("is used by an older precached") == true)
        await service.close()
    }

    @Test func refusesWhatIsNoDatabase() async throws {
        let garbage = String(repeating: "This is a text, and a long one at that. ", count: 100)
        try garbage.write(toFile: directory.file("state.db"), atomically: true, encoding: .utf8)
        let error = await #expect(throws: StoreError.self) { _ = try await open() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("is not a SQLite database") == true)
        #expect(try String(contentsOfFile: directory.file("state.db"), encoding: .utf8) == garbage)
    }

    @Test func refusesAnotherProgramsDatabase() async throws {
        let queue = try DatabaseQueue(path: directory.file("state.db"))
        try await queue.write { try $0.execute(sql: "CREATE TABLE theirs (a)") }
        try queue.close()
        let error = await #expect(throws: StoreError.self) { _ = try await open() }
        #expect(error?.message.contains("is another program's database") == true)
    }

    @Test func refusesADamagedDatabase() async throws {
        let store = try await open()
        await store.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: directory.file("state.db")))
        try handle.seek(toOffset: 200)
        try handle.write(contentsOf: Data(repeating: 0xAB, count: 16_000))
        try handle.close()
        var error = await #expect(throws: StoreError.self) { _ = try await open() }
        // A program that another test begins holds what was open, until it is that program.
        while error?.code == .busy {
            error = await #expect(throws: StoreError.self) { _ = try await open() }
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("state.db") == true)
    }

    @Test func refusesADirectoryAndAMissingOne() async throws {
        let directoryError = await #expect(throws: StoreError.self) { _ = try await open("") }
        #expect(directoryError?.message.contains("is not a regular file") == true)
        let missing = await #expect(throws: StoreError.self) { _ = try await open("none/state.db") }
        #expect(missing?.message.contains("create its directory") == true)
    }

    @Test func saysThatAClosedStoreIsClosed() async throws {
        let store = try await open()
        await store.close()
        let write = await #expect(throws: StoreError.self) { try await store.write(.rare) { _, _ in } }
        let read = await #expect(throws: StoreError.self) { try await store.read { _ in } }
        #expect(write?.code == .closed)
        #expect(read?.code == .closed)
    }

    @Test func waitsForAForeignWriterOnlySoLong() async throws {
        let store = try await SQLiteEngine.open(
            path: directory.file("state.db"),
            access: .service,
            migrations: StoreMigration.all,
            options: SQLiteOptions(busyTimeout: .milliseconds(50))
        )
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: directory.file("state.db"), configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = await #expect(throws: StoreError.self) { try await store.write(.rare) { _, _ in } }
        #expect(error?.code == .busy)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await store.check()
        await store.close()
    }
}
