import PrecacheModel
import TestSupport
import Testing

@testable import Store

/// Controllers that beat, sleep, are taken for dead and wake up again, at random: no outcome is ever written twice, none is
/// lost, and whoever was taken for dead writes nothing.
@Suite(.timeLimit(.minutes(20)))
struct OwnershipModelTests {
    /// One controller as its process is: what it believes of its jobs may be long out of date.
    private struct Controller {
        let store: ServiceStore
        var watch = ControllerWatch(patience: .seconds(15), attention: .seconds(5))
        /// What it believes to be claimed by it.
        var claimed: [(job: JobRecord, host: ClaimedHost)] = []
        var sleepsUntil = Duration.zero
    }

    /// What was written, by whoever did.
    private struct Written: Hashable {
        let job: JobID
        let host: Int
    }

    @Test(arguments: 0..<8)
    func nobodyWritesForAJobThatIsAnothers(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let fixture = try await StoreFixture(hosts: 6)
        let engine = SharedEngine(fixture.store.engine)
        var controllers: [Controller] = []
        for number in 0..<3 {
            let identity = ControllerIdentity(name: "c\(number)", version: "1")
            let clock = fixture.clock
            controllers.append(
                Controller(store: try await ServiceStore(engine, as: identity, clock: { clock.now }))
            )
        }
        var jobs: [JobRecord] = []
        for index in 0..<4 {
            jobs.append(
                try await controllers[index % 3].store.jobs.createJob(fixture.newJob(), claim: nil).job
            )
        }
        var written: [Written: Int] = [:]
        var (now, steps) = (Duration.zero, 0)
        while try await isOpen(jobs, fixture) {
            steps += 1
            try #require(steps < 20_000, "the jobs don't end")
            now += .milliseconds(Int.random(in: 0...900, using: &random))
            fixture.clock.advance(by: .milliseconds(300))
            let index = Int.random(in: controllers.indices, using: &random)
            guard controllers[index].sleepsUntil <= now else { continue }
            switch Int.random(in: 0..<12, using: &random) {
            case 0: controllers[index].sleepsUntil = now + .seconds(Int.random(in: 1...50, using: &random))
            case 1...5: try await beat(&controllers[index], at: now)
            case 6...7: try await claim(&controllers[index], fixture, &random)
            default: try await record(&controllers[index], fixture, &written, &random)
            }
        }
        #expect(written.count == 24 && written.values.allSatisfy { $0 == 1 })
        for job in jobs { try await checkEvents(of: job, fixture) }
    }

    private func isOpen(_ jobs: [JobRecord], _ fixture: StoreFixture) async throws -> Bool {
        try await fixture.store.engine.read { database in
            try database.first("SELECT count(*) FROM job WHERE \(StoredJobState.open)") { $0[0] as Int } ?? 0
        } > 0
    }

    private func beat(_ controller: inout Controller, at now: Duration) async throws {
        let controllers = controller.store.controllers
        guard let sight = try await controllers.beat() else {
            controller.watch.lookAway()
            try await controllers.register()
            // Sometimes what it believed lives on for a while: it is a process, not a transaction.
            return
        }
        let dead = controller.watch.look(sight.living, own: controllers.number, began: now, ended: now)
        let fenced = try await controllers.fence(dead)
        guard !fenced.isEmpty || sight.hasOrphans else { return }
        _ = try await controller.store.jobs.recover(latestDue: Timestamp(microseconds: .max))
    }

    private func claim(
        _ controller: inout Controller,
        _ fixture: StoreFixture,
        _ random: inout SplitMix
    ) async throws {
        let jobs = controller.store.jobs
        guard let open = try await jobs.openJobs().randomElement(using: &random),
            let job = try await jobs.job(open.id)
        else { return }
        let request = ClaimRequest(job: job.id, limit: Int.random(in: 1...3, using: &random))
        let hosts = try await jobs.claim([request], at: fixture.time)[0].hosts
        controller.claimed += hosts.map { (job, $0) }
    }

    private func record(
        _ controller: inout Controller,
        _ fixture: StoreFixture,
        _ written: inout [Written: Int],
        _ random: inout SplitMix
    ) async throws {
        guard let index = controller.claimed.indices.randomElement(using: &random) else { return }
        let (job, host) = controller.claimed.remove(at: index)
        let report = HostReport(
            job: job.id,
            host: host.ordinal,
            attempt: host.attempt,
            images: host.images.map { ImageReport(image: $0, ImageOutcome(.cached)) },
            next: .done
        )
        let change = try await controller.store.jobs.record([report], at: fixture.time)
        guard change.staleReports == 0 else { return }
        let living = try await controller.store.controllers.all().map(\.number)
        #expect(living.contains(controller.store.controllers.number) && change.lostJobs.isEmpty)
        written[Written(job: job.id, host: host.ordinal), default: 0] += 1
    }

    private func checkEvents(of job: JobRecord, _ fixture: StoreFixture) async throws {
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 1_000)
        #expect(events.map(\.id) == events.map(\.id).sorted())
        var outcomes = 0
        for event in events { if case .outcome = event.kind { outcomes += 1 } }
        #expect(outcomes == 12)
    }
}

/// An engine that several may have open, whatever is below it: so the model is played on SQLite, too.
private struct SharedEngine: StoreEngine {
    let engine: any StoreEngine

    init(_ engine: any StoreEngine) { self.engine = engine }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value { try await engine.read(body) }

    func write<Value: Sendable>(
        _ scope: WriteScope,
        _ body: @escaping @Sendable (any StoreConnection, AfterCommit) throws -> Value
    ) async throws(StoreError) -> Value { try await engine.write(scope, body) }

    func check() async throws(StoreError) { try await engine.check() }
    var doubt: StoreError? { engine.doubt }
    func vacuum(pages: Int) async throws(StoreError) -> Int { try await engine.vacuum(pages: pages) }
    func beginClose() { engine.beginClose() }
    func close() async { await engine.close() }
    let isShared = true
    func ring(_ bells: Set<Bell>) {}
    var bells: AsyncStream<Set<Bell>> { AsyncStream { $0.finish() } }
    var bellTrouble: StoreError? { engine.bellTrouble }
    func unknownBreakingSteps() async throws(StoreError) -> [String] { [] }
}
