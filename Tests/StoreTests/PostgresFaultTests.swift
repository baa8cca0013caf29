import PrecacheModel
import Store
import StorePostgres
import Synchronization
import Testing

/// A server that goes away, falls silent or lets others be in the way: each write is once what its caller was told.
@Suite(.timeLimit(.minutes(10)))
struct PostgresFaultTests {
    private let cluster: PostgresCluster

    init() throws { cluster = try PostgresCluster.shared.get() }

    private func counting(_ place: PostgresPlace) async throws -> PostgresEngine {
        let engine = try await PostgresEngine.open(place)
        // No key: what is written twice is there twice.
        try await engine.write(.rare) {
            try $0.script("CREATE TABLE counted (number INTEGER)")
            _ = $1
        }
        return engine
    }

    private func count(_ number: Int, in engine: PostgresEngine, _ told: Counter) async throws {
        try await engine.write(.job) { database, after in
            try database.run("INSERT INTO counted VALUES (?1)", [number])
            after.perform { told.add() }
        }
    }

    private func rows(in engine: PostgresEngine) async throws -> [Int] {
        try await engine.read { try $0.all("SELECT number FROM counted ORDER BY number") { $0[0] as Int } }
    }

    /// Those whose commit was heard and those whose commit was lost, in turns.
    @Test(arguments: [false, true]) func aCommitWhoseAnswerWasLostIsRunOnce(isPooled: Bool) async throws {
        let proxy = try PostgresProxy(to: cluster.folder) { number in
            number < 10 ? .passes : number % 5 == 0 ? .isHeard : number % 7 == 0 ? .isLost : .passes
        }
        defer { proxy.close() }
        let engine = try await counting(proxy.place(try cluster.make(), isPooled: isPooled))
        let told = Counter()
        for number in 0..<60 { try await count(number, in: engine, told) }
        let rows = try await rows(in: engine)
        #expect(rows == Array(0..<60))
        #expect(told.count == 60)
        await engine.close()
    }

    @Test func aCommitThatComesLateDoesNothing() async throws {
        let proxy = try PostgresProxy(to: cluster.folder) { $0 > 10 && $0 % 9 == 0 ? .isLate : .passes }
        defer { proxy.close() }
        let engine = try await counting(proxy.place(try cluster.make()))
        let told = Counter()
        for number in 0..<60 { try await count(number, in: engine, told) }
        // What was late is over when its transaction is.
        while try await engine.read({
            try $0.first(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
            ) { $0[0] as Int }
        }) != 0 {
            try await engine.check()
        }
        let rows = try await rows(in: engine)
        #expect(rows == Array(0..<60))
        #expect(told.count == 60)
        await engine.close()
    }

    @Test func connectionsThatAreCutAgainAndAgainCostNothing() async throws {
        let place = try cluster.make()
        let engine = try await counting(place)
        let told = Counter()
        async let cutting: Void = cut(place, times: 30)
        for number in 0..<300 {
            try await count(number, in: engine, told)
            _ = try await engine.read { try $0.first("SELECT count(*) FROM counted") { $0[0] as Int } }
        }
        try await cutting
        let rows = try await rows(in: engine)
        #expect(rows == Array(0..<300))
        #expect(told.count == 300)
        await engine.close()
    }

    private func cut(_ place: PostgresPlace, times: Int) async throws {
        for _ in 0..<times {
            try cluster.query(
                place,
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'precached'
                """
            )
            await Task.yield()
        }
    }

    /// The server is silent from a commit on until its writer has given up; the next one finds out what became of it.
    @Test func whatBecameOfACommitIsFoundOutLater() async throws {
        let place = try cluster.make()
        let isArmed = Atomic(false)
        let proxy = try PostgresProxy(to: cluster.folder) { _ in
            isArmed.exchange(false, ordering: .relaxed) ? .stalls : .passes
        }
        defer { proxy.close() }
        let engine = try await counting(proxy.place(place))
        let told = Counter()
        try await count(0, in: engine, told)
        isArmed.store(true, ordering: .relaxed)
        // Which end of the silence is let through decides nothing: the server had it before.
        engine.beginClose()
        let error = await #expect(throws: StoreError.self) { try await count(1, in: engine, told) }
        #expect(error?.code == .busy)
        #expect(told.count == 1)
        proxy.speak()
        while (try? await engine.check()) == nil {}
        try await count(2, in: engine, told)
        let rows = try await rows(in: engine)
        #expect(rows == [0, 1, 2])
        #expect(told.count == 3)
        await engine.close()
    }

    @Test(arguments: [false, true]) func aServerThatIsSilentIsWaitedForNotForLong(isWrite: Bool) async throws
    {
        let proxy = try PostgresProxy(to: cluster.folder) { _ in .passes }
        defer { proxy.close() }
        let engine = try await counting(proxy.place(try cluster.make()))
        _ = try await rows(in: engine)
        proxy.fallSilent()
        let told = Counter()
        let begun = ContinuousClock.now
        if isWrite {
            let written = Task { try await count(0, in: engine, told) }
            // Whoever stops doesn't wait for it.
            await engine.close()
            await #expect(throws: StoreError.self) { try await written.value }
        } else {
            let error = await #expect(throws: StoreError.self) { _ = try await rows(in: engine) }
            #expect(error?.code == .busy)
        }
        // Many times what it takes; without a limit it were for ever.
        #expect(ContinuousClock.now - begun < .seconds(60))
        proxy.speak()
        await engine.close()
    }

    /// For longer than a lock is waited for once: the connection is good afterwards.
    @Test func othersMayBeInTheWayForAWhile() async throws {
        let place = try cluster.make()
        let engine = try await counting(place)
        let cluster = cluster
        let isLocked = Task {
            try await cluster.slowQuery(
                place,
                "SELECT pg_advisory_xact_lock(1347568456, 1); SELECT pg_sleep(8)"
            )
        }
        try await cluster.awaitLock(in: engine)
        // Jobs aren't in each other's way.
        let told = Counter()
        try await count(0, in: engine, told)
        try await engine.check()
        try await engine.write(.rare) { database, after in
            try database.run("INSERT INTO counted VALUES (1)")
            after.perform { told.add() }
        }
        try await isLocked.value
        let rows = try await rows(in: engine)
        #expect(rows == [0, 1] && told.count == 2)
        await engine.close()
    }

    /// Who stops doesn't wait for a server that is away; one that works on what a caller waits for isn't.
    @Test func aStatementThatRunsHasItsTimeAlsoWhenWeStop() async throws {
        let engine = try await counting(try cluster.make())
        let (begins, begun) = AsyncStream.makeStream(of: Void.self)
        let write = Task {
            try await engine.write(.job) { database, _ in
                begun.yield()
                try database.run("INSERT INTO counted SELECT 7 FROM (SELECT pg_sleep(4)) AS slept")
            }
        }
        for await _ in begins { break }
        engine.beginClose()
        _ = try await write.value
        let rows = try await rows(in: engine)
        #expect(rows == [7])
        await engine.close()
    }

    @Test func eachStatementIsPreparedOnceWhateverIsNull() async throws {
        let engine = try await PostgresEngine.open(try cluster.make())
        let prepared = try await engine.write(.rare) { database, _ in
            try database.script("CREATE TABLE mixed (a INTEGER, b TEXT, c BLOB)")
            for mask in 0..<32 {
                let values: [(any StoreBindable)?] = [
                    mask & 1 == 0 ? nil : 7, mask & 2 == 0 ? nil : "b",
                    mask & 4 == 0 ? nil : [1, 2] as [UInt8],
                ]
                try database.run("INSERT INTO mixed VALUES (?1, ?2, ?3)", values)
            }
            for number in 0..<900 { _ = try database.first("SELECT \(number)") { $0[0] as Int } }
            return (
                all: try database.first("SELECT count(*) FROM pg_prepared_statements") { $0[0] as Int },
                mixed: try database.first(
                    "SELECT count(*) FROM mixed WHERE a = 7 AND b = 'b' AND c = '\\x0102'"
                ) {
                    $0[0] as Int
                }
            )
        }
        #expect(try #require(prepared.all) <= 401)
        #expect(prepared.mixed == 4)
        await engine.close()
    }

    @Test func aServiceHearsWhatOthersRing() async throws {
        let place = try cluster.make()
        let first = try await PostgresEngine.open(place, bell: place)
        let second = try await PostgresEngine.open(place, bell: place)
        var heard = second.bells.makeAsyncIterator()
        var own = first.bells.makeAsyncIterator()
        // Each connection begins with a look at everything.
        #expect(await heard.next() == [])
        #expect(await own.next() == [])
        let jobs = Set((1...3_000).map { Bell.job(Int64($0) << 32) })
        first.ring([.work])
        first.ring(jobs.union([.webhooks]))
        var all: Set<Bell> = []
        while all.count < jobs.count + 2, let bells = await heard.next() { all.formUnion(bells) }
        #expect(all == jobs.union([.webhooks, .work]))
        second.ring([.job(5)])
        // Never one's own.
        #expect(await own.next() == [.job(5)])
        try await cut(place, times: 1)
        #expect(await heard.next() == [])
        await first.close()
        await second.close()
        #expect(await heard.next() == nil)
    }
}

private final class Counter: Sendable {
    private let value = Atomic(0)
    func add() { value.add(1, ordering: .relaxed) }
    var count: Int { value.load(ordering: .relaxed) }
}
