import Dispatch
import PrecacheModel
import StorePostgres
import Testing

@testable import Store

/// The events of all jobs, in one order.
@Suite(.timeLimit(.minutes(10)))
struct AllEventsTests {
    private func page(
        _ jobs: StoredJobs,
        after: Int64,
        limit: Int
    ) async throws -> EventPage {
        try await jobs.events(after: after, upTo: try await jobs.eventHorizon(), limit: limit)
    }

    private func all(
        _ fixture: StoreFixture,
        after: Int64 = 0,
        limit: Int = 3
    ) async throws -> [EventRecord] {
        var (found, last, hasMore) = ([EventRecord](), after, true)
        while hasMore {
            let page = try await page(fixture.jobs, after: last, limit: limit)
            #expect(page.events.count <= limit && page.last >= last)
            found += page.events
            (last, hasMore) = (page.last, page.hasMore)
        }
        return found
    }

    @Test func areThoseOfEachJobInTheOrderOfTheirNumbers() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let jobs = [try await fixture.accept(), try await fixture.accept()]
        for job in jobs.reversed() { try await fixture.finish(job, try await fixture.claim(job), .cached) }
        let events = try await all(fixture)
        #expect(events.map(\.id) == events.map(\.id).sorted() && Set(events.map(\.id)).count == events.count)
        for job in jobs {
            let own = try await fixture.jobs.events(of: job.id, after: 0, limit: 100)
            #expect(events.filter { $0.jobID == job.id } == own)
            #expect(
                own.last?.totals?.results[.cached] == 4 && own.allSatisfy { $0.aggregate == job.aggregate }
            )
        }
        let middle = events[events.count / 2].id
        #expect(try await all(fixture, after: middle).map(\.id) == events.map(\.id).filter { $0 > middle })
    }

    @Test(arguments: [Int64.max, 1_000_000])
    func whoNamesOneThatWasNeverThereBeginsWithWhatComesNext(after: Int64) async throws {
        let fixture = try await StoreFixture(hosts: 1)
        #expect(try await page(fixture.jobs, after: after, limit: 9).last == 0)
        let job = try await fixture.accept()
        let page = try await page(fixture.jobs, after: after, limit: 9)
        #expect(page.events.isEmpty && page.last == 1)
        _ = try await fixture.claim(job)
        #expect(try await all(fixture, after: page.last).map(\.type) == [.started])
    }

    @Test func aChangeOfAnyJobRings() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        var changes = fixture.jobs.changes().makeAsyncIterator()
        for _ in 0..<2 {
            _ = try await fixture.accept()
            #expect(await changes.next() != nil)
        }
    }

    /// Its number is lower than that of an event that is there already.
    @Test func whatIsCommittedLateOnAServerIsWaitedFor() async throws {
        let place = try PostgresCluster.shared.get().make()
        let clock = SettableClock()
        let identity = ControllerIdentity(name: "one", version: "0")
        let store = try await ServiceStore(try await PostgresEngine.open(place), as: identity) { clock.now }
        let other = try await PostgresEngine.open(place)
        let name = try AggregateName("web")
        _ = try await store.inventory.apply(
            InventoryDocument(
                hosts: [],
                aggregates: [.init(entry: AggregateEntry(name: name), hosts: [])],
                images: nil
            ),
            prune: false,
            dryRun: false
        )
        let fixture = NewJob(
            id: .make(),
            aggregate: AggregateKey("web"),
            images: [try StoreFixture.image(0)],
            limits: JobLimits(
                parallelism: .percent(25),
                hostTimeout: .seconds(60),
                maxAttempts: 3,
                deadline: .seconds(600)
            )
        )
        let first = try await store.jobs.createJob(fixture, claim: nil).job
        // Of other tests on the same server there may be transactions that are waited for, too.
        var before = try await page(store.jobs, after: 0, limit: 99)
        while before.hasMore { before = try await page(store.jobs, after: 0, limit: 99) }
        #expect(before.events.map(\.type) == [.accepted, .finished])
        let second = ControllerIdentity(name: "two", version: "0")
        let fresh = try await ServiceStore(try await PostgresEngine.open(place), as: second) { clock.now }
        let (hasDrawn, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let late: Void = other.write(.job) { database, _ in
            // The job's row first, as all who write events of it do.
            try database.run("UPDATE job SET note = 'late' WHERE uuid = ?1", [first.id.text])
            let key = try database.first("SELECT id FROM job WHERE uuid = ?1", [first.id.text]) {
                $0[0] as Int64
            }
            try EventRows.append(database, job: key ?? 0, [.cancelRequested(by: nil)], at: clock.now)
            hasDrawn.signal()
            // Open from then on, and never idle for so long that the server ends it.
            while mayEnd.wait(timeout: .now() + 1) == .timedOut {
                _ = try database.first("SELECT 1", []) { $0[0] as Int64 }
            }
            mayEnd.signal()
        }
        // Also where something below fails.
        defer { mayEnd.signal() }
        await Task.detached { Self.wait(hasDrawn) }.value
        var later = fixture
        later.id = .make()
        _ = try await store.jobs.createJob(later, claim: nil)
        // Who begins now begins now, whatever is waited for; so does whoever has never looked before.
        for jobs in [store.jobs, fresh.jobs] {
            let begun = try await page(jobs, after: .max, limit: 99)
            #expect(begun.events.isEmpty && begun.last > before.last && begun.hasMore)
        }
        for _ in 0..<3 {
            let held = try await page(store.jobs, after: before.last, limit: 99)
            #expect(held.events.isEmpty && held.hasMore && held.last == before.last)
        }
        mayEnd.signal()
        try await late
        var page = try await self.page(store.jobs, after: before.last, limit: 99)
        while page.hasMore {
            page = try await self.page(store.jobs, after: before.last, limit: 99)
        }
        #expect(page.events.map(\.type) == [.cancelRequested, .accepted, .finished])
        await other.close()
        await fresh.close()
        await store.close()
    }

    private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }
}
