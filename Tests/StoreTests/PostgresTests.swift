import PrecacheModel
import Store
import StorePostgres
import Testing

/// What only PostgreSQL does: opening, and what a place is.
@Suite(.timeLimit(.minutes(10)))
struct PostgresTests {
    private let cluster: PostgresCluster

    init() throws { cluster = try PostgresCluster.shared.get() }

    @Test(arguments: [
        ("mysql://db/precached", "begins with postgresql://"),
        ("postgresql://precached:hunter2@db/precached", "database.password_file"),
        ("postgresql://precached@db/precached?password=hunter2", "database.password_file"),
        ("postgresql://precached@db/p?sslpassword=hunter2", "database.password_file"),
        ("postgresql://precached@db/p?service=hunter2", "no service"),
        ("postgresql://precached@db,e/p?hostaddr=,127.0.0.1", "no empty hostaddr"),
        ("postgresql://precached@db", "names a database"),
        ("postgresql://precached@db/precached?no_such_thing=hunter2", "connection URI"),
        ("postgresql://[::1/hunter2", "connection URI"),
    ])
    func whatIsNoPlaceIsRefusedWithoutItsSecrets(url: String, rule: String) throws {
        let error = #expect(throws: InvalidValue.self) { try PostgresPlace(url: url) }
        let text = try #require(error).description
        #expect(text.contains(rule))
        #expect(!text.contains("hunter2") || rule == "no service")
    }

    @Test(arguments: [
        ("postgresql://u@db.example/p", "verify-full"), ("postgresql://u@db.example/p?sslmode=require", nil),
        ("postgresql://u@127.0.0.1/p", nil), ("postgresql://u@/p?host=/run/postgresql", nil),
        ("postgresql://u@[::1]/p", nil), ("postgresql:///p", "verify-full"),
        ("postgresql://,127.0.0.1/p", "verify-full"),
        ("postgresql://u@localhost,db.example/p", "verify-full"),
        ("postgresql://u@db/p?hostaddr=127.0.0.1", nil),
    ])
    func aServerElsewhereHasToProveWhoItIs(url: String, mode: String?) throws {
        #expect(try PostgresPlace(url: url).checkedMode == mode)
    }

    @Test func severalServicesMayHaveItOpen() async throws {
        let place = try cluster.make()
        let first = try await PostgresEngine.open(place)
        let second = try await PostgresEngine.open(place)
        try await first.check()
        try await second.check()
        await first.close()
        // Its row among the writers' is made again.
        try cluster.query(place, "DELETE FROM store_writer")
        try await second.check()
        await second.close()
    }

    @Test func aDatabaseOfAnotherKindIsLeftAlone() async throws {
        let place = try cluster.make()
        try cluster.query(place, "CREATE TABLE invoice (id int)")
        let foreign = await #expect(throws: StoreError.self) { _ = try await PostgresEngine.open(place) }
        #expect(foreign?.message.contains("another program's") == true)
        #expect(throws: StoreError.self) { try PostgresEngine.check(place) }
        // What an extension brought along is nobody's.
        try cluster.query(place, "DROP TABLE invoice; CREATE EXTENSION pg_stat_statements")
        try PostgresEngine.check(place)
        let engine = try await PostgresEngine.open(place)
        await engine.close()
        try cluster.query(place, "INSERT INTO store_migration VALUES ('2099-01-later', 0)")
        let newer = await #expect(throws: StoreError.self) { _ = try await PostgresEngine.open(place) }
        #expect(newer?.code == .newerSchema)
        #expect(newer?.message.contains("2099-01-later") == true)
    }

    @Test func whatCannotBeReachedSaysHowToMendIt() async throws {
        let nowhere = try PostgresPlace(url: "postgresql://u@127.0.0.1:1/p")
        let refused = await #expect(throws: StoreError.self) { _ = try await PostgresEngine.open(nowhere) }
        #expect(refused?.message.contains("postgresql://u@127.0.0.1:1/p") == true)
        #expect(refused?.message.contains("Connection refused") == true)
        let place = try cluster.make()
        let missing = try PostgresPlace(url: place.url.replacing("@/t", with: "@/no"))
        let absent = await #expect(throws: StoreError.self) { _ = try await PostgresEngine.open(missing) }
        #expect(absent?.message.contains("createdb") == true)
    }

    @Test func aReadEndsWithItsCaller() async throws {
        let place = try cluster.make()
        let engine = try await PostgresEngine.open(place)
        let reading = Task {
            try await engine.read { database in
                while true { _ = try database.first("SELECT 1") { $0[0] as Int } }
            }
        }
        reading.cancel()
        await #expect(throws: StoreError.self) { try await reading.value }
        await engine.close()
    }
}
