import Foundation
import PrecacheModel
import Store
import StorePostgres
import StoreSQLite
import Testing

extension Trait where Self == ConditionTrait {
    /// For tests of what only SQLite does.
    static var onSQLite: Self { .enabled(if: !TestDatabase.isPostgres, "it is about SQLite itself") }
}

/// A database of one test's own, on the engine that the suite runs on: SQLite, or what `PRECACHE_TEST_ENGINE` says.
final class TestDatabase: Sendable {
    static let isPostgres = ProcessInfo.processInfo.environment["PRECACHE_TEST_ENGINE"] == "postgres"

    /// Who stores of tests are.
    static let controller = ControllerIdentity(name: "test", version: "0")

    let directory: TemporaryDirectory
    private let file: String
    private let place: PostgresPlace?

    init() throws {
        directory = try TemporaryDirectory()
        file = "state.db"
        place = Self.isPostgres ? try PostgresCluster.shared.get().make() : nil
    }

    private init(_ directory: TemporaryDirectory, file: String = "", place: PostgresPlace? = nil) {
        self.directory = directory
        self.file = file
        self.place = place
    }

    /// Opens it, as another process would if it is open.
    func open(
        access: StoreAccess = .service,
        migrations: [StoreMigration] = StoreMigration.all,
        readers: Int = 4
    ) async throws -> any StoreEngine {
        if let place {
            return try await PostgresEngine.open(
                place,
                access: access,
                readers: readers,
                migrations: migrations
            )
        }
        return try await SQLiteEngine.open(
            path: directory.file(file),
            access: access,
            migrations: migrations,
            // A program that another test starts holds a lock that is let go of until it runs.
            options: SQLiteOptions(readers: readers, lockTimeout: .seconds(30))
        )
    }

    /// What a crash would leave now, to be opened beside it.
    func crashed() throws -> TestDatabase {
        if let place {
            return TestDatabase(directory, place: try PostgresCluster.shared.get().copy(of: place))
        }
        try directory.copyDatabase(file, to: "copy.db")
        return TestDatabase(directory, file: "copy.db")
    }

    /// A store on it.
    func store(
        access: StoreAccess = .service,
        limits: AdmissionLimits = AdmissionLimits(),
        clock: (@Sendable () -> Timestamp)? = nil
    ) async throws -> ServiceStore {
        try await ServiceStore(
            try await open(access: access),
            as: Self.controller,
            limits: limits,
            clock: clock
        )
    }
}
