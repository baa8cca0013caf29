import Foundation
import GRDB
import PrecacheModel
import Store
import StoreSQLite
import Testing

/// A database that an older version wrote, killed at work, opens and goes on (`Tests/support/store-2026-11.sql`).
@Suite(.onSQLite, .timeLimit(.minutes(10)))
struct OlderDatabaseTests {
    private let directory: TemporaryDirectory
    private let clock = SettableClock()

    init() throws { directory = try TemporaryDirectory() }

    private func open() async throws -> ServiceStore {
        let path = directory.file("state.db")
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../support/store-2026-11.sql")
        let queue = try DatabaseQueue(path: path)
        let dump = try String(contentsOf: file, encoding: .utf8)
        try await queue.writeWithoutTransaction { try $0.execute(sql: dump) }
        try queue.close()
        let engine = try await SQLiteEngine.open(path: path)
        return try await ServiceStore(engine, as: TestDatabase.controller, clock: { [clock] in clock.now })
    }

    private var time: LedgerTime { LedgerTime(wall: clock.now, steady: clock.now) }

    private func jobs(_ store: ServiceStore) async throws -> [JobRecord] {
        try await store.jobs.jobs(JobFilter(), PageRequest()).items.reversed()
    }

    @Test func whatItHeldIsThere() async throws {
        let store = try await open()
        let hosts = try await store.inventory.hosts(PageRequest()).items
        #expect(hosts.map(\.name.text) == ["node-1", "node-2", "node-3", "node-4"])
        #expect(hosts.map(\.entry.isEnabled) == [true, true, true, false])
        #expect(hosts[3].entry.disabledReason == "repairs" && hosts[0].entry.labels == ["rack": "1"])
        #expect(hosts[0].lastHeartbeat?.version == "0.9" && hosts[3].lastHeartbeat == nil)
        #expect(try await store.inventory.host(hosts[0].name)?.lastHeartbeat?.images.count == 1)
        let web = try #require(try await store.inventory.aggregate(AggregateKey("web")))
        #expect(web.hosts.count == 3 && web.entry.metadata == ["tier": "gold"])
        #expect(
            try await store.inventory.images(PageRequest()).items.map(\.id.text) == ["image-0", "image-1"]
        )
        #expect(try await store.tokens.tokens().map { $0.revokedAt == nil } == [true, false])
        #expect(try await store.webhooks.webhooks(PageRequest()).items.map(\.waiting) == [21])
        let jobs = try await jobs(store)
        #expect(jobs.map(\.state) == [.partial, .running, .running, .queued])
        #expect(jobs.map(\.isCancelRequested) == [false, false, true, false])
        #expect(jobs.allSatisfy { $0.copies == nil && $0.mesh == MeshRecord() && $0.fromPeersBytes == 0 })
        #expect(jobs.allSatisfy { $0.crossings == Crossings() })
        #expect(jobs.map { $0.fromSourceBytes > 0 } == [false, true, false, false], "of jobs that go on")
        #expect(hosts.allSatisfy { $0.isOut == nil && $0.lastHeartbeat?.capabilities ?? [] == [] })
        let claim = IdempotencyClaim(key: "key-ended", fingerprint: "f")
        clock.advance(by: .microseconds(1_795_000_000_000_000 - clock.now.microseconds))
        #expect(try await store.jobs.replay(claim)?.id == jobs[0].id)
        await store.close()
    }

    @Test func itsJobsGoOn() async throws {
        let store = try await open()
        let jobs = try await jobs(store)
        #expect(try await store.jobs.recover(latestDue: clock.now + .seconds(60)) == 2)
        let claimed = try await store.jobs.claim([ClaimRequest(job: jobs[1].id, limit: 9)], at: time)[0].hosts
        #expect(claimed.map(\.name.text) == ["node-2", "node-4", "node-3"])
        #expect(claimed.map(\.attempt) == [1, 1, 2])
        // The first is asked for what it had in that attempt already, too: its agent takes nothing else for the same.
        #expect(claimed.map(\.images) == [[0, 1], [0, 1], [0, 1]])
        let reports = claimed.map { host in
            HostReport(
                job: jobs[1].id,
                host: host.ordinal,
                attempt: host.attempt,
                images: host.images.map { ImageReport(image: $0, ImageOutcome(.cached)) },
                next: .done
            )
        }
        let seed = MeshNote(job: jobs[1].id, kind: .seed, host: claimed[0].name, image: 0, detail: "")
        try await store.jobs.note([seed], at: time)
        #expect(try await store.jobs.job(jobs[1].id)?.mesh.seeds == [claimed[0].name])
        #expect(try await store.jobs.record(reports, at: time).endedJobs == [jobs[1].id])
        let cancelled = try await store.jobs.finish(jobs[2].id, .cancelled, at: time)
        #expect(cancelled.endedJobs == [jobs[2].id] && cancelled.leftAtWork.map(\.ordinal) == [0])
        let waiting = try await store.jobs.jobsToResolve()
        #expect(waiting.map(\.id) == [jobs[3].id])
        try await store.jobs.resolve(
            jobs[3].id,
            [waiting[0].images[0]: .absent(.imageNotFound, detail: "gone")]
        )
        #expect(try await store.jobs.openJobs().map(\.id) == [jobs[3].id])
        let again = try await store.jobs.retryJob(jobs[0].id, as: .make(), requestedBy: nil, claim: nil).job
        #expect(
            again.hostsTotal == 1 && again.results[.pending] == 1
                && again.images.map(\.id.text) == ["image-1"]
        )
        let ids = try await store.jobs.events(of: again.id, after: 0, limit: 9).map(\.id)
        let before = try await store.jobs.events(of: jobs[3].id, after: 0, limit: 99).map(\.id)
        #expect(ids.min() ?? 0 > before.max() ?? 0, "no number is given twice")
        for job in jobs + [again] {
            let isOld = job.id == jobs[0].id
            try await CounterCheck.holds(store.jobs, store.engine, job, knowsSources: !isOld)
        }
        await store.close()
    }
}
