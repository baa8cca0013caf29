import PrecacheModel
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ControllerTests {
    /// Another controller on the same database, for as long as one process is as good as two: PostgreSQL's, or SQLite's where
    /// nothing is opened twice.
    private func second(_ fixture: StoreFixture) async throws -> ServiceStore {
        try await ServiceStore(
            fixture.store.engine,
            as: ControllerIdentity(name: "other", version: "0"),
            clock: { fixture.clock.now }
        )
    }

    private func report(_ job: JobRecord, _ host: ClaimedHost) -> HostReport {
        HostReport(
            job: job.id,
            host: host.ordinal,
            attempt: host.attempt,
            images: host.images.map { ImageReport(image: $0, ImageOutcome(.cached)) },
            next: .done
        )
    }

    @Test func whoWasFencedWritesNothingForItsJobs() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        let claimed = try await fixture.claim(job, limit: 2)
        let own = try #require(try await fixture.store.controllers.beat()?.living.first)
        let other = try await second(fixture)
        // Where one alone may be, it is fenced already.
        _ = try await other.controllers.fence([own])
        #expect(try await other.jobs.recover(latestDue: fixture.clock.now) == 2)

        let change = try await fixture.jobs.record([report(job, claimed[0])], at: fixture.time)
        #expect(change == LedgerChange(staleReports: 1, lostJobs: [job.id]))
        let answer = try await fixture.jobs.claim([ClaimRequest(job: job.id, limit: 3)], at: fixture.time)
        #expect(answer.map(\.isLost) == [true] && answer[0].hosts.isEmpty)
        #expect(try await fixture.jobs.finish(job.id, .cancelled, at: fixture.time).lostJobs == [job.id])
        #expect(try await fixture.jobs.openJobs().isEmpty)
        #expect(try await fixture.store.controllers.beat() == nil)

        let again = try await other.jobs.claim([ClaimRequest(job: job.id, limit: 3)], at: fixture.time)[0]
        #expect(again.hosts.map(\.attempt) == [1, 1, 1] && !again.isLost)
        let reports = again.hosts.map { report(job, $0) }
        #expect(try await other.jobs.record(reports, at: fixture.time).endedJobs == [job.id])
        #expect(try await other.jobs.job(job.id)?.results[.cached] == 6)
    }

    @Test func whoBeginsAnewHasNothingUntilItTakesItOver() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job, limit: 1)
        let former = fixture.store.controllers.number
        try await fixture.store.controllers.register()
        #expect(fixture.store.controllers.number != former)
        #expect(try await fixture.jobs.openJobs().isEmpty)
        #expect(try await fixture.store.controllers.beat()?.hasOrphans == true)
        #expect(try await fixture.jobs.recover(latestDue: fixture.clock.now) == 1)
        #expect(try await fixture.jobs.openJobs().map(\.term) == [1])
        #expect(try await fixture.store.controllers.beat()?.hasOrphans == false)
    }

    /// Else an agent that is at work on it refuses it: it was ordered with other images.
    @Test func anAttemptThatIsTakenUpAgainIsAskedForTheSameImages() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept(images: 3)
        _ = try await fixture.claim(job)
        let one = HostReport(
            job: job.id,
            host: 0,
            attempt: 1,
            images: [ImageReport(image: 1, ImageOutcome(.cached))],
            next: .goesOn
        )
        _ = try await fixture.jobs.record([one], at: fixture.time)
        _ = try await fixture.restart(latestDue: fixture.clock.now)
        let again = try await fixture.claim(job)
        #expect(again.map(\.attempt) == [1] && again.map(\.images) == [[0, 1, 2]])
        let retry = HostReport(
            job: job.id,
            host: 0,
            attempt: 1,
            images: [
                ImageReport(image: 1, ImageOutcome(.existing)),
                ImageReport(image: 0, ImageOutcome(.pending, reason: .sourceError)),
            ],
            next: .retry(at: fixture.clock.now)
        )
        _ = try await fixture.jobs.record([retry], at: fixture.time)
        #expect(fixture.jobs.cachedJob(job.id)?.results[.cached] == 1, "an outcome that is there stays")
        // Another attempt is asked for what is left alone.
        let left = try await fixture.claim(job)
        #expect(left.map(\.images) == [[0, 2]])
        try await CounterCheck.holds(fixture, job)
    }

    @Test func claimsThatNobodyKnowsOfAreTakenBack() async throws {
        let fixture = try await StoreFixture(hosts: 4)
        let job = try await fixture.accept()
        #expect(try await fixture.claim(job, limit: 3).map(\.ordinal) == [0, 1, 2])
        let other = JobID.make()
        #expect(try await fixture.jobs.release(allBut: [job.id: [1], other: []]).lostJobs == [other])
        let again = try await fixture.claim(job)
        #expect(again.map(\.ordinal) == [0, 2, 3] && again.allSatisfy { $0.attempt == 1 })
        try await CounterCheck.holds(fixture, job)
    }

    @Test func aBeatThatHasRisenSinceItWasSeenSavesFromTheFence() async throws {
        let fixture = try await StoreFixture()
        let controllers = fixture.store.controllers
        let seen = try #require(
            try await controllers.beat()?.living.first { $0.number == controllers.number }
        )
        #expect(try await controllers.beat() != nil)
        #expect(try await controllers.fence([seen]).isEmpty)
        #expect(try await controllers.beat() != nil)
    }

    @Test func whatAControllerLeavesIsAnybodysAtOnce() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let jobs = [try await fixture.accept(), try await fixture.accept()]
        let other = try await second(fixture)
        // Where one alone may be, the second has fenced the first.
        if fixture.store.engine.isShared {
            #expect(try await other.jobs.recover(latestDue: fixture.clock.now) == 0)
            #expect(try await other.jobs.openJobs().isEmpty)
            try await fixture.store.controllers.leave()
        }
        _ = try await other.jobs.recover(latestDue: fixture.clock.now)
        #expect(try await other.jobs.openJobs().map(\.id) == jobs.map(\.id))
    }

    @Test func cancellingAnothersJobIsHeardOfByItsOwner() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        guard fixture.store.engine.isShared else { return }
        let other = try await second(fixture)
        _ = try await fixture.claim(job, limit: 1)
        let asked = try await other.jobs.cancelJob(job.id, requestedBy: "other")
        #expect(!asked.state.isFinal && asked.isCancelRequested)
        #expect(try await fixture.jobs.openJobs().map(\.isCancelRequested) == [true])
    }
}

@Suite struct ProcessMarkTests {
    @Test func aProcessThatRunsIsNotGone() {
        #expect(!ProcessMark.own.text.isEmpty)
        #expect(!ProcessMark.own.knowsGone(ProcessMark.own.text))
        #expect(ProcessMark(of: 1).map { ProcessMark.own.knowsGone($0.text) } != true)
    }

    @Test func oneWhoseNumberAnotherHasNowIs() {
        let words = ProcessMark.own.text.split(separator: " ").dropLast().map(String.init) + ["1"]
        #expect(ProcessMark.own.knowsGone(words.joined(separator: " ")))
    }

    @Test func ofAnotherBootOrNamespaceNobodyKnows() {
        let words = ProcessMark.own.text.split(separator: " ").map(String.init)
        #expect(!ProcessMark.own.knowsGone((["other"] + words[1...]).joined(separator: " ")))
        #expect(!ProcessMark.own.knowsGone([words[0], "1", words[2], "0"].joined(separator: " ")))
        #expect(!ProcessMark.own.knowsGone("") && !ProcessMark(text: "").knowsGone(ProcessMark.own.text))
    }
}
