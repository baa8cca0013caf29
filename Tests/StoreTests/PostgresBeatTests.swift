import Dispatch
import PrecacheModel
import Store
import StorePostgres
import Testing

/// Whether this service is alive, and hears others, is apart from what it works on.
@Suite(.timeLimit(.minutes(10)))
struct PostgresBeatTests {
    private let cluster: PostgresCluster
    private let place: PostgresPlace

    init() throws {
        cluster = try PostgresCluster.shared.get()
        place = try cluster.make()
    }

    /// A large job's acceptance, and as many long listings as there are threads.
    @Test func beatsAreMadeWhileAllElseIsBusy() async throws {
        let engine = try await PostgresEngine.open(place)
        let store = try await ServiceStore(engine, as: TestDatabase.controller)
        let gate = DispatchSemaphore(value: 0)
        let (begins, begun) = AsyncStream.makeStream(of: Void.self)
        let block: @Sendable () -> Void = {
            begun.yield()
            gate.wait()
        }
        let reads = (0..<4).map { _ in Task { try await engine.read { _ in block() } } }
        let write = Task { try await engine.write(.rare) { _, _ in block() } }
        var each = begins.makeAsyncIterator()
        for _ in 0..<5 { await each.next() }
        let sight = try await store.controllers.beat()
        #expect(sight?.living.map(\.number) == [store.controllers.number])
        let unknown = try await engine.unknownBreakingSteps()
        #expect(unknown.isEmpty)
        try await engine.check()
        try await store.controllers.leave()
        let left = try await store.controllers.beat()
        #expect(left == nil)
        for _ in 0..<5 { gate.signal() }
        for read in reads { try await read.value }
        try await write.value
        await store.close()
    }

    /// For longer than a beat's write would wait for it.
    @Test func anotherThatHangsAsItLooksAtTheDatabaseHoldsNobodyUp() async throws {
        let engine = try await PostgresEngine.open(place)
        let (cluster, place) = (cluster, place)
        let other = Task {
            try await cluster.slowQuery(
                place,
                """
                BEGIN; UPDATE probe SET content = 'x'; INSERT INTO probe VALUES (pg_backend_pid(), 'x'); SELECT pg_sleep(600)
                """
            )
        }
        let hung = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        while try await engine.read({ try $0.first("SELECT count(*) \(hung)") { $0[0] as Int } }) == 0 {}
        try await engine.check()
        try cluster.query(place, "SELECT pg_terminate_backend(pid) \(hung)")
        _ = await other.result
        await engine.close()
    }

    @Test func aBellThatCannotBeHeardIsTold() async throws {
        let bell = try cluster.make()
        let name = try #require(try cluster.query(bell, "SELECT current_database()").first)
        try cluster.query(place, "ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
        let engine = try await PostgresEngine.open(place, bell: bell)
        while engine.bellTrouble == nil { try await Task.sleep(for: .milliseconds(20)) }
        #expect(engine.bellTrouble?.message.contains(name) == true)
        try await engine.check()
        try cluster.query(place, "ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
        while engine.bellTrouble != nil { try await Task.sleep(for: .milliseconds(20)) }
        await engine.close()
    }
}
