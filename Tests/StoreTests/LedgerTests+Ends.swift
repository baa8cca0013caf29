import PrecacheModel
import Store
import Testing

/// What is taken up again after a restart, and what ends without having begun.
extension LedgerTests {
    @Test(arguments: [false, true])
    func whatWasClaimedIsClaimedAgainWithTheSameAttempt(byRestart: Bool) async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        let hosts = try await fixture.claim(job, limit: 2)
        if byRestart {
            #expect(try await fixture.restart(latestDue: fixture.clock.now) == 2)
        } else {
            let reports = hosts.map {
                HostReport(job: job.id, host: $0.ordinal, attempt: 1, images: [], next: .released)
            }
            #expect(try await fixture.jobs.record(reports, at: fixture.time) == LedgerChange())
        }
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.results[.running] == 0)
        #expect(record.results[.pending] == 6)
        #expect(record.state == .running)
        #expect(try await fixture.claim(job).map(\.attempt) == [1, 1, 1])
        try await CounterCheck.holds(fixture, job)
    }

    @Test func recoveryBringsFarDueTimesBack() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job)
        let report = HostReport(
            job: job.id,
            host: 0,
            attempt: 1,
            images: [],
            next: .retry(at: fixture.clock.now + .seconds(3_600))
        )
        _ = try await fixture.jobs.record([report], at: fixture.time)
        let latest = fixture.clock.now + .seconds(60)
        #expect(try await fixture.restart(latestDue: latest) == 0)
        let answer = try await fixture.jobs.claim([ClaimRequest(job: job.id, limit: 1)], at: fixture.time)
        #expect(answer.first?.nextDue == latest)
    }

    @Test func skipsWhatIsDisabledGoneOrDown() async throws {
        let fixture = try await StoreFixture(hosts: 5)
        let inventory = fixture.store.inventory
        let names = try (0..<5).map { try HostName(StoreFixture.name($0)) }
        _ = try await inventory.putHost(
            HostEntry(name: names[0], isEnabled: false, disabledReason: "repairs")
        )
        for host in [1, 2] {
            let beat = HeartbeatRecord(receivedAt: fixture.clock.now, interval: .seconds(10))
            try await inventory.recordHeartbeat(beat, of: names[host])
        }
        try await inventory.flushHeartbeats()
        let job = try await fixture.accept()
        try await inventory.deleteHost(names[3])
        let last = fixture.clock.now
        fixture.clock.advance(by: .seconds(30))
        // Not written yet: memory knows it.
        let fresh = HeartbeatRecord(receivedAt: fixture.clock.now, interval: .seconds(10))
        try await inventory.recordHeartbeat(fresh, of: names[2])
        let grace = try await fixture.jobs.finish(
            job.id,
            .unavailable(heartbeatsSince: fixture.clock.now),
            at: fixture.time
        )
        #expect(grace.finishedResults == [.hostDisabled: 4])
        let change = try await fixture.jobs.finish(
            job.id,
            .unavailable(heartbeatsSince: last),
            at: fixture.time
        )
        #expect(change.finishedResults == [.hostDown: 2])
        let results = try await fixture.results(job).filter { $0.imageID.text == "image-0" }
        #expect(results.map(\.outcome) == [.skipped, .skipped, .pending, .skipped, .pending])
        #expect(results.map(\.detail).prefix(2) == ["repairs", "the last heartbeat came at \(last)"])
        #expect(results.map(\.attempts) == [0, 0, 0, 0, 0])
        try await CounterCheck.holds(fixture, job)
    }

    @Test(arguments: [(BulkFinish.cancelled, Outcome.cancelled), (.deadlineExceeded, .error)])
    func finishesWhatWaitsAndLeavesWhatIsClaimed(finish: BulkFinish, outcome: Outcome) async throws {
        let fixture = try await StoreFixture(hosts: 4)
        let job = try await fixture.accept()
        let claimed = try await fixture.claim(job, limit: 1)
        let change = try await fixture.jobs.finish(job.id, finish, at: fixture.time)
        #expect(change.finishedResults.values.reduce(0, +) == 6)
        #expect(change.endedJobs.isEmpty)
        #expect(
            try await fixture.results(job).map(\.outcome) == [.running, .running]
                + Array(repeating: outcome, count: 6)
        )
        #expect(try await fixture.jobs.finish(job.id, finish, at: fixture.time) == LedgerChange())
        try await fixture.finish(job, claimed, .cached)
        #expect(try await fixture.jobs.job(job.id)?.state == .partial)
        try await CounterCheck.holds(fixture, job)
    }
}
