import GRDB
import PrecacheModel
import Store
import StoreSQLite
import Synchronization
import Testing

/// What waits ends all at once.
@Suite(.timeLimit(.minutes(10)))
struct WaitingEndTests {
    /// A job's events as `host image outcome attempts`, in their order; others by what they say.
    private func story(_ fixture: StoreFixture, _ job: JobRecord) async throws -> [String] {
        try await fixture.jobs.events(of: job.id, after: 0, limit: 1_000).map { event in
            switch event.kind {
            case .state(let state): return state.rawValue
            case .outcome(let host, let image, let outcome, let attempts):
                let (host, image) = (host.text.suffix(1), image.text.suffix(1))
                return "\(host) \(image) \(outcome.outcome.rawValue) \(attempts)"
            case .retrying(let host, _, _, _, _): return "\(host.text.suffix(1)) again"
            case .exchange(let kind, let host, _, _): return "\(kind) \(host)"
            case .cancelRequested: return "cancel"
            }
        }
    }

    /// Four hosts: 0 has one image and waits for another attempt at the other, 1 is at work, 2 waits for another
    /// attempt, 3 for its first.
    private func halfDone(_ fixture: StoreFixture) async throws -> JobRecord {
        let job = try await fixture.accept()
        _ = try await fixture.claim(job, limit: 3)
        let due = fixture.clock.now + .seconds(5)
        let failed = ImageReport(image: 1, ImageOutcome(.pending, reason: .sourceError, detail: "502"))
        let had = [ImageReport(image: 0, ImageOutcome(.cached, bytesDone: 10, bytesTotal: 1_000)), failed]
        for (host, images) in [(0, had), (2, [failed])] {
            let report = HostReport(
                job: job.id,
                host: host,
                attempt: 1,
                images: images,
                next: .retry(at: due)
            )
            _ = try await fixture.jobs.record([report], at: fixture.time)
        }
        return job
    }

    @Test func theTimesEndIsToldOfInTheOrderOfHostsAndImages() async throws {
        let fixture = try await StoreFixture(hosts: 4)
        let job = try await halfDone(fixture)
        let change = try await fixture.jobs.finish(job.id, .deadlineExceeded, at: fixture.time)
        #expect(change == LedgerChange(finishedResults: [.deadlineExceeded: 5]))
        #expect(
            try await story(fixture, job).suffix(5)
                == ["0 1 error 1", "2 0 error 1", "2 1 error 1", "3 0 error 0", "3 1 error 0"]
        )
        let ended = try await fixture.results(job, ResultFilter(outcomes: [.error]))
        #expect(ended.map(\.attempts) == [1, 1, 1, 0, 0])
        #expect(ended.allSatisfy { $0.reason == .deadlineExceeded && $0.detail?.isEmpty == false })
        #expect(ended.allSatisfy { $0.finishedAt == fixture.clock.now && $0.bytesTotal == 1_000 })
        try await CounterCheck.holds(fixture, job)
        #expect(try await fixture.jobs.finish(job.id, .deadlineExceeded, at: fixture.time) == LedgerChange())
        try await fixture.finish(job, [try await working(fixture, job, host: 1)], .cached)
        #expect(try await story(fixture, job).last == "partial")
        try await CounterCheck.holds(fixture, job)
    }

    private func working(_ fixture: StoreFixture, _ job: JobRecord, host: Int) async throws -> ClaimedHost {
        ClaimedHost(
            ordinal: host,
            name: try HostName(StoreFixture.name(host)),
            address: "",
            port: 1,
            isEnabled: true,
            heartbeatAt: nil,
            heartbeatInterval: .zero,
            attempt: 1,
            images: [0, 1]
        )
    }

    @Test func theWishToCancelIsToldOfFirstAndTheStateLast() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        _ = try await fixture.jobs.cancelJob(job.id, requestedBy: "ops")
        #expect(
            try await story(fixture, job) == [
                "queued", "cancel", "0 0 cancelled 0", "0 1 cancelled 0", "1 0 cancelled 0",
                "1 1 cancelled 0", "cancelled",
            ]
        )
        let next = try await fixture.accept()
        let ids = try await fixture.jobs.events(of: next.id, after: 0, limit: 9).map(\.id)
        let before = try await fixture.jobs.events(of: job.id, after: 0, limit: 9).map(\.id)
        #expect(before == Array(1...7) && ids == [8], "no number is given twice")
    }

    @Test func hostsThatLackDifferentImagesEndWithWhatTheyLack() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let first = try await fixture.accept()
        for host in try await fixture.claim(first) {
            let images = (0..<2).map { image in
                ImageReport(
                    image: image,
                    ImageOutcome(image < host.ordinal ? .cached : .error, reason: .noSpace)
                )
            }
            let report = HostReport(
                job: first.id,
                host: host.ordinal,
                attempt: 1,
                images: images,
                next: .done
            )
            _ = try await fixture.jobs.record([report], at: fixture.time)
        }
        let job = try await fixture.jobs.retryJob(first.id, as: .make(), requestedBy: nil, claim: nil).job
        #expect(job.results[.pending] == 3)
        let ended = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
        #expect(ended.state == .cancelled && ended.results[.cancelled] == 3 && ended.hostsDone == 2)
        try await CounterCheck.holds(fixture, job)
    }

    @Test func eachImageThatCannotBeHadHasItsOwnReason() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        var new = try fixture.newJob(images: 1)
        let ids = try ["a", "b", "c"].map { try ImageID($0) }
        new.images += ids.map { .unresolved($0) }
        let job = try await fixture.jobs.createJob(new, claim: nil).job
        let gone = ImageAnswer.absent(.imageNotFound, detail: "gone")
        try await fixture.jobs.resolve(
            job.id,
            [ids[0]: gone, ids[1]: .absent(.imageNotActive, detail: "queued"), ids[2]: gone]
        )
        #expect(
            try await story(fixture, job) == [
                "queued", "0 a error 0", "0 b error 0", "0 c error 0", "1 a error 0", "1 b error 0",
                "1 c error 0",
            ]
        )
        let details = try await fixture.results(job).map(\.detail)
        #expect(details == [nil, "gone", "queued", "gone", nil, "gone", "queued", "gone"])
        #expect(try await fixture.jobs.job(job.id)?.hostsDone == 0)
        try await CounterCheck.holds(fixture, job)
    }

    /// One by one, 50,000 results kept everybody who had something to write waiting for 0.4 s.
    @Test(.onSQLite, arguments: ["cancel", "deadline", "resolve"])
    func whatSQLiteIsAskedDoesNotGrowWithTheHosts(how: String) async throws {
        var counts: [Int] = []
        for hosts in [2, 40] {
            let fixture = try await StoreFixture(hosts: hosts)
            var new = try fixture.newJob()
            if how == "resolve" {
                new.images = [.unresolved(try ImageID("a")), .unresolved(try ImageID("b"))]
            }
            let job = try await fixture.jobs.createJob(new, claim: nil).job
            let statements = Statements()
            try await fixture.store.engine.write(.rare) { database, _ in
                // Transactions of the store's own come and go beside this.
                (database as? GRDBConnection)?.database.trace { event in
                    if event.description.contains("job") { statements.count.withLock { $0 += 1 } }
                }
            }
            switch how {
            case "cancel": _ = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
            case "deadline": _ = try await fixture.jobs.finish(job.id, .deadlineExceeded, at: fixture.time)
            default:
                let gone = ImageAnswer.absent(.imageNotFound, detail: "gone")
                try await fixture.jobs.resolve(job.id, [try ImageID("a"): gone, try ImageID("b"): gone])
            }
            counts.append(statements.count.withLock { $0 })
            #expect(try await fixture.jobs.job(job.id)?.hostsDone == hosts)
        }
        #expect(counts[0] == counts[1] && counts[0] > 0)
    }

    /// Many transactions make one end: no other write waits for more than one of them.
    @Test(.onSQLite, arguments: ["cancel", "cancelled", "deadline", "unavailable", "resolve"])
    func anImmenseJobEndsInSteps(how: String) async throws {
        let (hosts, images) = (150, 64)
        let fixture = try await StoreFixture(hosts: hosts)
        var new = try fixture.newJob(images: images)
        if how == "resolve" { new.images = new.images.map { .unresolved($0.id) } }
        let job = try await fixture.jobs.createJob(new, claim: nil).job
        let commits = Commits()
        try await fixture.store.engine.write(.rare) { database, _ in
            (database as? GRDBConnection)?.database.add(transactionObserver: commits)
        }
        switch how {
        case "cancel": _ = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
        case "cancelled": _ = try await fixture.jobs.finish(job.id, .cancelled, at: fixture.time)
        case "deadline":
            let change = try await fixture.jobs.finish(job.id, .deadlineExceeded, at: fixture.time)
            #expect(
                change.finishedResults == [.deadlineExceeded: hosts * images] && change.endedJobs == [job.id]
            )
        case "unavailable":
            for host in 0..<hosts {
                try await fixture.store.inventory.deleteHost(HostName(StoreFixture.name(host)))
            }
            let change = try await fixture.jobs.finish(
                job.id,
                .unavailable(heartbeatsSince: fixture.clock.now),
                at: fixture.time
            )
            #expect(change.finishedResults == [.hostDisabled: hosts * images] && !change.hasMore)
        default:
            let gone = ImageAnswer.absent(.imageNotFound, detail: "gone")
            try await fixture.jobs.resolve(
                job.id,
                Dictionary(uniqueKeysWithValues: new.images.map { ($0.id, gone) })
            )
        }
        let ended = try #require(try await fixture.jobs.job(job.id))
        #expect(ended.state.isFinal && ended.hostsDone == hosts && ended.results[.pending] == 0)
        #expect(commits.largest.withLock { $0 } <= 4_096)
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 100_000)
        let told = events.filter { if case .outcome = $0.kind { true } else { false } }
        #expect(told.count == hosts * images && events.map(\.id) == events.map(\.id).sorted())
        if case .state(let last)? = events.last?.kind { #expect(last == ended.state) }
    }

    @Test func aCallDoesSoMuchAndSaysThatThereIsMore() async throws {
        let (hosts, images) = (1_100, 64)
        let fixture = try await StoreFixture(hosts: hosts)
        let job = try await fixture.accept(images: images)
        let first = try await fixture.jobs.finish(job.id, .cancelled, at: fixture.time)
        #expect(first.hasMore && first.finishedResults == [.cancelled: 65_536] && first.endedJobs == [])
        let second = try await fixture.jobs.finish(job.id, .cancelled, at: fixture.time)
        #expect(!second.hasMore && second.endedJobs == [job.id])
        #expect(try await fixture.jobs.job(job.id)?.results[.cancelled] == hosts * images)
    }

    /// The most results that one transaction changed.
    private final class Commits: TransactionObserver, Sendable {
        let largest = Mutex(0)
        private let current = Mutex(0)
        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool {
            eventKind.tableName == "job_result"
        }
        func databaseDidChange(with event: DatabaseEvent) { current.withLock { $0 += 1 } }
        func databaseDidCommit(_ database: Database) {
            let count = current.withLock { count in
                defer { count = 0 }
                return count
            }
            largest.withLock { $0 = max($0, count) }
        }
        func databaseDidRollback(_ database: Database) { current.withLock { $0 = 0 } }
    }

    private final class Statements: Sendable {
        let count = Mutex(0)
    }
}
