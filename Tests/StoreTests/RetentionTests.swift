import PrecacheModel
import Store
import Testing

/// What goes, and that everything below it goes with it.
@Suite(.timeLimit(.minutes(10)))
struct RetentionTests {
    private func ended(_ fixture: StoreFixture, _ count: Int) async throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        for _ in 0..<count {
            let job = try await fixture.accept()
            try await fixture.finish(job, try await fixture.claim(job), .cached)
            fixture.clock.advance(by: .seconds(60))
            jobs.append(job)
        }
        return jobs
    }

    private func rows(_ fixture: StoreFixture) async throws -> [String: Int] {
        try await fixture.store.engine.read { database in
            var counts: [String: Int] = [:]
            for table in [
                "job", "job_image", "job_host", "job_result", "job_event", "pruned_job", "idempotency",
            ] {
                counts[table] = try database.first("SELECT count(*) FROM \(table)") { $0[0] as Int }
            }
            return counts
        }
    }

    @Test func keepsTheNewestSoManyAndAllThatLive() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let live = try await fixture.accept()
        let jobs = try await ended(fixture, 5)
        #expect(try await fixture.jobs.hasOld(RetentionPolicy(maximumCount: 5)) == false)
        #expect(try await fixture.jobs.hasOld(RetentionPolicy(maximumCount: 2)))
        #expect(try await fixture.jobs.prune(RetentionPolicy(maximumCount: 2)) == 3)
        #expect(try await fixture.jobs.hasOld(RetentionPolicy(maximumCount: 2)) == false)
        let left = try await fixture.jobs.jobs(JobFilter(), PageRequest()).items
        #expect(left.map(\.id) == [jobs[4].id, jobs[3].id, live.id])
        #expect(fixture.jobs.cachedJob(jobs[0].id) == nil)
        #expect(try await fixture.jobs.job(jobs[0].id) == nil)
        #expect(
            try await rows(fixture) == [
                "job": 3, "job_image": 6, "job_host": 9, "job_result": 18, "job_event": 1 + 2 * (3 + 6),
                "pruned_job": 0, "idempotency": 0,
            ]
        )
        #expect(try await fixture.jobs.prune(RetentionPolicy(maximumCount: 2)) == 0)
    }

    @Test func dropsWhatEndedLongAgo() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let jobs = try await ended(fixture, 3)
        // The first ended 180 s ago, the last 60 s ago.
        #expect(try await fixture.jobs.hasOld(RetentionPolicy(maximumAge: .seconds(100))))
        #expect(try await fixture.jobs.hasOld(RetentionPolicy(maximumAge: .seconds(200))) == false)
        #expect(try await fixture.jobs.prune(RetentionPolicy(maximumAge: .seconds(100))) == 2)
        #expect(try await fixture.jobs.jobs(JobFilter(), PageRequest()).items.map(\.id) == [jobs[2].id])
    }

    @Test func forgetsOldKeys() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let claim = IdempotencyClaim(key: "k", fingerprint: "f")
        _ = try await fixture.jobs.createJob(try fixture.newJob(), claim: claim)
        _ = try await fixture.jobs.prune(RetentionPolicy())
        #expect(try await rows(fixture)["idempotency"] == 1)
        fixture.clock.advance(by: IdempotencyClaim.lifetime)
        _ = try await fixture.jobs.prune(RetentionPolicy())
        #expect(try await rows(fixture)["idempotency"] == 0)
    }

    @Test func bellsOfAPrunedJobEnd() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try #require(try await ended(fixture, 1).first)
        var changes = fixture.jobs.changes(of: job.id).makeAsyncIterator()
        _ = try await fixture.jobs.prune(RetentionPolicy(maximumCount: 0))
        #expect(await changes.next() == nil)
    }

    @Test(.onSQLite) func largeJobsGoInSmallBatchesAndGiveTheirSpaceBack() async throws {
        let fixture = try await StoreFixture(hosts: 2_000)
        let job = try await fixture.accept(images: 5)
        _ = try await fixture.jobs.finish(job.id, .deadlineExceeded, at: fixture.time)
        let full = try await pages(fixture)
        #expect(try await fixture.jobs.prune(RetentionPolicy(maximumCount: 0)) == 1)
        let empty = try await pages(fixture)
        #expect(empty.free < 2_000)
        #expect(empty.all - empty.free < full.all / 3)
        #expect(try await rows(fixture)["job_result"] == 0)
    }

    @Test func anInterruptedPruningIsFinishedByTheNext() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        _ = try await ended(fixture, 1)
        try await fixture.store.engine.write(.rare) { database, _ in
            try database.script("INSERT INTO pruned_job SELECT id FROM job; DELETE FROM job")
        }
        _ = try await fixture.jobs.prune(RetentionPolicy())
        #expect(try await rows(fixture).values.reduce(0, +) == 0)
    }

    private func pages(_ fixture: StoreFixture) async throws -> (all: Int, free: Int) {
        try await fixture.store.engine.write(.rare) { database, _ in
            (
                try database.first("PRAGMA page_count") { $0[0] as Int } ?? 0,
                try database.first("PRAGMA freelist_count") { $0[0] as Int } ?? 0
            )
        }
    }
}
