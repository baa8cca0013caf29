import PrecacheModel
import Store
import StorePostgres
import StoreSQLite
import Testing

/// A database's copy on the other engine, and that one's on the first.
@Suite(.timeLimit(.minutes(10)))
struct StoreCopyTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// An empty database on the engine that the suite doesn't run on.
    private func other() async throws -> any StoreEngine {
        if TestDatabase.isPostgres {
            return try await SQLiteEngine.open(path: directory.file("other.db"))
        }
        return try await PostgresEngine.open(try PostgresCluster.shared.get().make())
    }

    private func copy(_ source: any StoreEngine, _ target: any StoreEngine) async throws -> Int {
        try await StoreCopy(from: .init(source, named: "one"), to: .init(target, named: "two"))
            .run(patience: .milliseconds(300)) { _, _ in }
    }

    /// All that a database holds but what is its own, as text; owners left out.
    private func dump(_ engine: any StoreEngine) async throws -> [String] {
        let own: Set = [
            "grdb_migrations", "store_migration", "controller", "job_live", "source_share", "probe",
            "store_writer",
            "event_counter",
        ]
        return try await engine.read { database in
            var columns: [String: [String]] = [:]
            try database.rows(database.dialect.catalogue.columns, []) { row in
                let (table, name): (String, String) = (row[0], row[1])
                if own.contains(table) || name == "owner" { return }
                let text =
                    switch row[2] as String {
                    case "BLOB": "lower(hex(\"\(name)\"))"
                    case "bytea": "encode(\"\(name)\", 'hex')"
                    default: "CAST(\"\(name)\" AS TEXT)"
                    }
                columns[table, default: []].append("coalesce(\(text), '-')")
            }
            return try columns.flatMap { table, texts in
                try database.all("SELECT \(texts.joined(separator: " || '|' || ")) FROM \"\(table)\"") {
                    "\(table): \($0[0] as String)"
                }
            }.sorted()
        }
    }

    @Test func allOfItGoesThereAndBackAndWorkGoesOn() async throws {
        let fixture = try await StoreFixture(hosts: 600)
        let ended = try await fixture.accept()
        try await fixture.finish(ended, try await fixture.claim(ended), .cached)
        #expect(try await fixture.jobs.prune(RetentionPolicy(maximumCount: 0)) == 1)
        let job = try await fixture.accept()
        let claimed = try await fixture.claim(job, limit: 3)
        try await fixture.finish(job, Array(claimed.prefix(1)), .cached)
        let hash = [UInt8](0..<32)
        _ = try await fixture.store.tokens.createToken(name: "Jörg's", role: .operator, hash: hash)
        let before = try await fixture.jobs.events(of: job.id, after: 0, limit: 10)
        await fixture.store.close()

        let (source, there) = (try await fixture.database.open(), try await other())
        let database = try TestDatabase()
        let back = try await database.open()
        let rows = try await copy(source, there)
        #expect(try await copy(there, back) == rows)
        let (first, last) = (try await dump(source), try await dump(back))
        let isSame = first == last
        #expect(isSame && first.count == rows && rows > 2_000)
        for engine in [source, there] { await engine.close() }

        let store = try await ServiceStore(
            back,
            as: TestDatabase.controller,
            clock: { fixture.clock.now }
        )
        #expect(try await store.jobs.openJobs().isEmpty, "nobody has what nobody took over")
        #expect(try await store.jobs.recover(latestDue: fixture.clock.now) == 2)
        #expect(try await store.tokens.tokens().map(\.name) == ["Jörg's"])
        let next = try await store.jobs.createJob(try fixture.newJob(), claim: nil).job
        #expect(try await store.jobs.job(next.id)?.hostsTotal == 600)
        let after = try await store.jobs.events(of: next.id, after: 0, limit: 10)
        #expect(try #require(after.first).id > #require(before.last).id)
        _ = try await store.inventory.putHost(HostEntry(name: try HostName("new")))
        await store.close()
    }

    @Test func whatHoldsSomethingIsLeftAsItIs() async throws {
        let (source, target) = (try await StoreFixture(hosts: 2), try await StoreFixture(hosts: 1))
        for fixture in [source, target] { await fixture.store.close() }
        let (from, to) = (try await source.database.open(), try await target.database.open())
        let before = try await dump(to)
        let error = await #expect(throws: StoreError.self) { _ = try await copy(from, to) }
        #expect(
            error?.code == .conflict && error?.message.contains("'two' isn't empty (host has rows)") == true
        )
        let isSame = try await dump(to) == before
        #expect(isSame)
        for engine in [from, to] { await engine.close() }
    }

    @Test func aCopyThatFailsLeavesNothing() async throws {
        let fixture = try await StoreFixture(hosts: 1_100)
        _ = try await fixture.accept()
        await fixture.store.close()
        let (source, cluster) = (try await fixture.database.open(), try PostgresCluster.shared.get())
        let place = try cluster.make()
        let target = try await PostgresEngine.open(place)
        try cluster.query(place, "ALTER TABLE job_result ADD CHECK (host < 1000)")
        await #expect(throws: StoreError.self) { _ = try await copy(source, target) }
        let left = try await dump(target)
        #expect(left.isEmpty)
        try cluster.query(place, "ALTER TABLE job_result DROP CONSTRAINT job_result_host_check")
        _ = try await copy(source, target)
        for engine in [source, target] { await engine.close() }
    }

    /// A service that is started while rows go over: on either side what it writes would be lost, or be mixed in.
    @Test(arguments: [false, true]) func aControllerThatComesMeanwhileIsSeen(isSource: Bool) async throws {
        let cluster = try PostgresCluster.shared.get()
        let (from, to) = (try cluster.make(), try cluster.make())
        let (source, target) = (try await PostgresEngine.open(from), try await PostgresEngine.open(to))
        let came = isSource ? from : to
        let error = await #expect(throws: StoreError.self) {
            let ends = (StoreCopy.End(source, named: "one"), StoreCopy.End(target, named: "two"))
            _ = try await StoreCopy(from: ends.0, to: ends.1)
                .run(patience: .zero) { table, _ in
                    guard table == "host" else { return }
                    _ = try? cluster.query(
                        came,
                        """
                        INSERT INTO controller (id, name, version, process, beat, fenced, started_at, seen_at, clock_offset_us)
                        VALUES (7, 'late', '0', '', 0, 1, 0, 0, 0)
                        """
                    )
                }
        }
        #expect(error?.code == .busy && error?.message.contains("'late'") == true)
        for engine in [source, target] { await engine.close() }
    }

    /// While one side counts the other sleeps.
    @Test func aCopyHasAllTheTimeThatItNeeds() async throws {
        let engine = try await PostgresEngine.open(try PostgresCluster.shared.get().make(), access: .copy)
        let limits: @Sendable (any StoreConnection) throws -> [String?] = { database in
            try ["statement_timeout", "idle_in_transaction_session_timeout"].map { name in
                try database.first("SELECT current_setting(?1)", [name]) { $0[0] as String }
            }
        }
        let (read, written) = (
            try await engine.read(limits),
            try await engine.write(.rare) { database, _ in try limits(database) }
        )
        #expect(read == ["0", "0"] && written == read)
        await engine.close()
    }

    @Test func aControllerThatIsAliveIsInTheWayAndADeadOneIsNot() async throws {
        let place = try PostgresCluster.shared.get().make()
        let store = try await ServiceStore(
            try await PostgresEngine.open(place),
            as: ControllerIdentity(name: "precached-1", version: "0")
        )
        let database = try TestDatabase()
        let target = try await database.open()
        let beats = Task {
            while !Task.isCancelled { _ = try await store.controllers.beat() }
        }
        let error = await #expect(throws: StoreError.self) {
            let ends = (StoreCopy.End(store.engine, named: "one"), StoreCopy.End(target, named: "two"))
            _ = try await StoreCopy(from: ends.0, to: ends.1).run(patience: .seconds(60)) { _, _ in }
        }
        #expect(error?.code == .busy && error?.message.contains("'precached-1'") == true)
        beats.cancel()
        _ = await beats.result
        _ = try await copy(store.engine, target)
        await store.close()
        await target.close()
    }
}
