import PrecacheModel
import Store
import Testing

/// What a job's acceptance writes, and what it refuses.
@Suite(.timeLimit(.minutes(10)))
struct AdmissionTests {
    @Test func writesARowForEachHostAndImage() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept(images: 2)
        #expect(job.state == .queued)
        #expect(job.hostsTotal == 3)
        #expect(job.results[.pending] == 6)
        #expect(job.bytesTotal == 6_000)
        #expect(job.images.map(\.id.text) == ["image-0", "image-1"])
        #expect(job.limits.parallelism == .percent(25))
        let results = try await fixture.results(job)
        #expect(
            results.map { "\($0.host) \($0.imageID)" }
                == (0..<3).flatMap { host in
                    (0..<2).map { "\(StoreFixture.name(host)) image-\($0)" }
                }
        )
        #expect(results.allSatisfy { $0.outcome == .pending && $0.attempts == 0 && $0.bytesTotal == 1_000 })
        let stored = try await fixture.jobs.job(job.id)
        #expect(stored == job)
    }

    @Test func isThereAfterACrash() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        let copy = try await fixture.database.crashed().store()
        #expect(try await copy.jobs.job(job.id) == job)
        #expect(copy.jobs.cachedJob(job.id) == job)
        _ = try await copy.jobs.recover(latestDue: fixture.clock.now)
        let open = try await copy.jobs.openJobs()
        #expect(open.map(\.id) == [job.id])
        let images = try (0..<2).map { try StoreFixture.image($0) }
        #expect(open.first?.images == images)
        await copy.close()
    }

    @Test func withoutHostsSucceedsAtOnceAndSaysSo() async throws {
        let fixture = try await StoreFixture(hosts: 0)
        let job = try await fixture.accept()
        #expect(job.state == .succeeded)
        #expect(job.finishedAt == fixture.clock.now)
        #expect(job.note == "the aggregate has no hosts: there was nothing to do")
        #expect(try await fixture.jobs.openJobs().isEmpty)
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 10)
        #expect(events.map(\.kind) == [.state(.queued), .state(.succeeded)])
    }

    @Test func refusesAnUnknownAggregate() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        var wanted = try fixture.newJob()
        wanted.aggregate = AggregateKey(id: 99)
        let job = wanted
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.createJob(job, claim: nil)
        }
        #expect(error == StoreError.notFound("aggregate", "99"))
        #expect(try await fixture.jobs.openJobs().isEmpty)
    }

    @Test func aKeyMakesOneJobHoweverOftenItIsSent() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let claim = IdempotencyClaim(key: "alice k1", fingerprint: "f1")
        let acceptances = try await withThrowingTaskGroup(of: JobAcceptance.self) { group in
            for _ in 0..<20 {
                group.addTask { try await fixture.jobs.createJob(try fixture.newJob(), claim: claim) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(acceptances.map(\.job.id)).count == 1)
        #expect(acceptances.filter { !$0.isReplay }.count == 1)
        #expect(try await fixture.jobs.replay(claim)?.id == acceptances.first?.job.id)
        #expect(try await fixture.jobs.jobs(JobFilter(), PageRequest()).items.count == 1)
    }

    @Test func aKeyWithAnotherRequestIsRefusedAndForgottenAfterADay() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let first = try await fixture.jobs.createJob(
            try fixture.newJob(),
            claim: IdempotencyClaim(key: "k", fingerprint: "f1")
        )
        let other = IdempotencyClaim(key: "k", fingerprint: "f2")
        let new = try fixture.newJob()
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.createJob(new, claim: other)
        }
        #expect(error?.code == .idempotencyConflict)
        let replayError = await #expect(throws: StoreError.self) { _ = try await fixture.jobs.replay(other) }
        #expect(replayError?.code == .idempotencyConflict)
        fixture.clock.advance(by: IdempotencyClaim.lifetime)
        let second = try await fixture.jobs.createJob(new, claim: other)
        #expect(!second.isReplay)
        #expect(second.job.id != first.job.id)
    }

    @Test func aHostThatIsDeletedKeepsItsNameInTheJob() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        try await fixture.store.inventory.deleteHost(try HostName(StoreFixture.name(0)))
        try await fixture.store.inventory.deleteAggregate(AggregateKey("web"), onlyIfEmpty: false)
        let hosts = try await fixture.claim(job)
        #expect(hosts.map(\.name.text) == [StoreFixture.name(0), StoreFixture.name(1)])
        #expect(hosts.map(\.isEnabled) == [false, true])
        #expect(try await fixture.results(job).count == 4)
    }

    @Test func ringsForTheDispatcher() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let bell = fixture.jobs.work()
        _ = try await fixture.accept()
        var rings = bell.makeAsyncIterator()
        #expect(await rings.next() != nil)
    }

    @Test func refusesMoreOpenJobsThanThereMayBe() async throws {
        let fixture = try await StoreFixture(hosts: 1, limits: AdmissionLimits(openJobs: 2))
        let claim = IdempotencyClaim(key: "k", fingerprint: "f")
        let first = try await fixture.jobs.createJob(try fixture.newJob(), claim: claim).job
        let second = try await fixture.accept()
        let third = try fixture.newJob()
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.createJob(third, claim: nil)
        }
        #expect(error?.code == .tooMany)
        #expect(
            error?.message == "2 jobs have not ended, the most that there may be (jobs.max_open): "
                + "try again when one has"
        )
        #expect(try await fixture.jobs.job(third.id) == nil)
        let again = try await fixture.jobs.createJob(try fixture.newJob(), claim: claim)
        #expect(again.isReplay && again.job.id == first.id, "what was accepted is not refused")
        _ = try await fixture.jobs.cancelJob(second.id, requestedBy: nil)
        #expect(try await fixture.jobs.createJob(third, claim: nil).job.id == third.id)
        let retry = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.retryJob(second.id, as: .make(), requestedBy: nil, claim: nil)
        }
        #expect(retry?.code == .tooMany)
    }

    @Test func nobodyMayHaveAllTheJobs() async throws {
        let limits = AdmissionLimits(openJobs: 4, openJobsPerCaller: 2)
        let fixture = try await StoreFixture(hosts: 1, limits: limits)
        func accept(_ caller: String?) async throws {
            var job = try fixture.newJob()
            job.requestedBy = caller
            _ = try await fixture.jobs.createJob(job, claim: nil)
        }
        for caller in ["a", "a", "b"] { try await accept(caller) }
        let error = await #expect(throws: StoreError.self) { try await accept("a") }
        #expect(error?.code == .tooMany)
        #expect(
            error?.message
                == "2 jobs of 'a' have not ended, the most of one caller (jobs.max_open_per_caller): "
                + "try again when one has"
        )
        try await accept("b")
    }

    @Test func aShareOfOpenJobsIsAnAccountsAndNoNames() async throws {
        let limits = AdmissionLimits(openJobs: 100, openJobsPerCaller: 2)
        let fixture = try await StoreFixture(hosts: 1, limits: limits)
        func accept(_ name: String, _ account: String?) async throws {
            var job = try fixture.newJob()
            (job.requestedBy, job.account) = (name, account)
            _ = try await fixture.jobs.createJob(job, claim: nil)
        }
        // Two people of one name, and a row from before there were accounts.
        for account in ["u1", "u1", "u2", nil] { try await accept("alice", account) }
        for name in ["alice", "renamed"] {
            let error = await #expect(throws: StoreError.self) { try await accept(name, "u1") }
            #expect(error?.message.hasPrefix("2 jobs of '\(name)'") == true)
        }
        try await accept("alice", "u2")
        try await accept("alice", nil)
        await #expect(throws: StoreError.self) { try await accept("alice", nil) }
    }

    @Test func aJobMayNotHaveMoreResultsThanTheSettingSays() async throws {
        let fixture = try await StoreFixture(hosts: 3, limits: AdmissionLimits(results: 6))
        _ = try await fixture.accept(images: 2)
        let large = try fixture.newJob(images: 3)
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.createJob(large, claim: nil)
        }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.hasPrefix("3 images on 3 hosts would be 9 results") == true)
        #expect(try await fixture.jobs.job(large.id) == nil)
    }
}
