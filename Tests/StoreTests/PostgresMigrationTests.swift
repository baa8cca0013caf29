import PrecacheModel
import Store
import StorePostgres
import Testing

/// A newer version beside services of an older one.
@Suite(.timeLimit(.minutes(10)))
struct PostgresMigrationTests {
    private let cluster: PostgresCluster
    private let place: PostgresPlace

    init() throws {
        cluster = try PostgresCluster.shared.get()
        place = try cluster.make()
    }

    private static let first = [
        StoreMigration("1") {
            try $0.script(
                """
                CREATE TABLE controller (
                    id INTEGER PRIMARY KEY, beat INTEGER NOT NULL, fenced INTEGER NOT NULL, name TEXT NOT NULL,
                    version TEXT NOT NULL
                )
                """
            )
            try $0.script("INSERT INTO controller VALUES (1, 1, 0, 'one', '0.9'), (2, 1, 0, 'two', '0.9')")
        }
    ]
    private static let adding =
        first + [StoreMigration("2") { try $0.script("CREATE TABLE added (id INTEGER)") }]
    private static let breaking =
        adding + [StoreMigration("3", isBreaking: true) { try $0.script("DROP TABLE added") }]

    private func open(
        _ migrations: [StoreMigration],
        access: StoreAccess = .service,
        takesOver: Bool = false
    ) async throws -> PostgresEngine {
        try await PostgresEngine.open(place, access: access, takesOver: takesOver, migrations: migrations)
    }

    /// Runs `body` while the first of two controllers beats.
    private func beating<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let engine = try await open(Self.first)
        let (begins, begun) = AsyncStream.makeStream(of: Void.self)
        let beats = Task {
            while !Task.isCancelled {
                _ = try await engine.write(.heartbeats) { database, _ in
                    try database.run("UPDATE controller SET beat = beat + 1 WHERE id = 1")
                }
                begun.yield()
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        for await _ in begins { break }
        let result = try await body()
        beats.cancel()
        _ = await beats.result
        await engine.close()
        return result
    }

    private func fenced() throws -> [String] {
        try cluster.query(place, "SELECT id FROM controller WHERE fenced = 1 ORDER BY id")
    }

    @Test func whatOnlyAddsIsDoneBesideServicesThatLive() async throws {
        try await beating {
            let engine = try await open(Self.adding)
            let old = try await engine.unknownBreakingSteps()
            #expect(old.isEmpty)
            await engine.close()
        }
        #expect(try fenced().isEmpty)
    }

    @Test func whatBreaksOthersWaitsUntilTheyAreGone() async throws {
        try await beating {
            let refused = await #expect(throws: StoreError.self) { _ = try await open(Self.breaking) }
            let text = try #require(refused).message
            #expect(text.contains("one (0.9)") && !text.contains("two") && text.contains("--take-over"))
            let tool = await #expect(throws: StoreError.self) {
                _ = try await open(Self.adding, access: .tool)
            }
            #expect(tool?.code == .busy)
        }
        // Nobody beats any more; who slept may not write a word.
        let engine = try await open(Self.breaking)
        #expect(try fenced() == ["1", "2"])
        await engine.close()
    }

    /// For longer than any other answer is waited for.
    @Test func whoStartsWhileAnotherDoesWaits() async throws {
        let (cluster, place) = (cluster, place)
        let first = try await open(Self.first)
        let other = Task {
            try await cluster.slowQuery(
                place,
                "SELECT pg_advisory_xact_lock(1347568456, 2); SELECT pg_sleep(10)"
            )
        }
        try await cluster.awaitLock(in: first)
        let second = try await open(Self.adding)
        try await other.value
        for engine in [first, second] { await engine.close() }
    }

    @Test func whoTakesOverFencesOthersAndTheySeeIt() async throws {
        try await beating {
            let old = try await open(Self.first)
            let new = try await open(Self.breaking, takesOver: true)
            #expect(try fenced() == ["1", "2"])
            let unknown = try await old.unknownBreakingSteps()
            #expect(unknown == ["3"])
            let known = try await new.unknownBreakingSteps()
            #expect(known.isEmpty)
            await old.close()
            await new.close()
        }
    }
}
