import FanOut
import PrecacheModel
import Testing

/// The three limits, and fairness between jobs.
@Suite(.timeLimit(.minutes(10))) struct DispatcherLimitTests {
    @Test(arguments: [(Parallelism.hosts(3), 3), (.percent(10), 2), (.percent(1), 1)])
    func aJobsParallelismHolds(_ parallelism: Parallelism, _ limit: Int) async throws {
        let rig = Rig(caller: .yielding())
        let job = try Samples.job(hosts: 20, limits: Samples.limits(parallelism: parallelism))
        rig.ledger.add(job)
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        #expect(rig.caller.state.value.peak == limit)
    }

    @Test func theServicesHostsInFlightHoldOverAllJobs() async throws {
        let rig = Rig(caller: .yielding()) { $0.maxInFlight = 5 }
        for _ in 0..<4 { rig.ledger.add(try Samples.job(hosts: 30)) }
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        #expect(rig.caller.state.value.peak == 5)
    }

    @Test func downloadsPerSourceHoldOverAllJobs() async throws {
        let rig = Rig(caller: .yielding()) { $0.maxDownloadsPerSource = 4 }
        let one = SourceKey(url: "http://one/")
        let two = SourceKey(url: "http://two/")
        rig.ledger.add(try Samples.job(hosts: 30, sources: ["http://one"]))
        rig.ledger.add(
            try Samples.job(hosts: 30, images: ["a", "b"], sources: ["http://one", "http://two"])
        )
        rig.ledger.add(try Samples.job(hosts: 30, sources: ["http://two"]))
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        let peaks = rig.caller.state.value.peakPerSource
        #expect(peaks[one] ?? 0 <= 4)
        #expect(peaks[two] ?? 0 <= 4)
        #expect(rig.ledger.state.value.violations.isEmpty)
    }

    @Test func whatTheLedgerGivesOfASourceHoldsAndIsAskedForAgain() async throws {
        let rig = Rig(ledger: FakeLedger(sharesSources: true))
        rig.ledger.state.change { $0.cap = 2 }
        rig.ledger.add(try Samples.job(hosts: 5))
        try await rig.run {
            await rig.caller.waitForOpen(2)
            await rig.ledger.state.wait { $0.calls["share"] == 1 }
            rig.ledger.state.change { $0.cap = 9 }
            await rig.advance { $0.calls["share"] ?? 0 >= 2 }
            await rig.caller.waitForOpen(5)
        }
        #expect(rig.ledger.state.value.wishes.prefix(2).map { $0.values.map(\.inUse) } == [[0], [2]])
    }

    @Test func hostsWithoutSourceBudgetHoldNoSlot() async throws {
        let rig = Rig {
            $0.maxInFlight = 3
            $0.maxDownloadsPerSource = 1
        }
        let slow = try Samples.job(hosts: 10, sources: ["http://slow"])
        let other = try Samples.job(hosts: 1, sources: ["http://other"])
        rig.ledger.add(slow)
        rig.ledger.add(other)
        try await rig.run {
            await rig.caller.waitForOpen(2)
            #expect(Set(rig.caller.state.value.open.values.map(\.task.job)) == [slow.open.id, other.open.id])
        }
    }

    @Test func aSourceComesFreeWithItsLastImageNotWithTheTask() async throws {
        let rig = Rig { $0.maxDownloadsPerSource = 1 }
        let both = try Samples.job(hosts: 1, images: ["a", "b"], sources: ["http://one", "http://two"])
        let one = try Samples.job(hosts: 1, sources: ["http://one"])
        rig.ledger.add(both)
        rig.ledger.add(one)
        try await rig.run {
            await rig.caller.waitForTask("\(both.open.id).0")
            #expect(rig.caller.state.value.open.count == 1)
            rig.caller.emit("\(both.open.id).0", try Samples.told("a", .cached))
            await rig.caller.waitForTask("\(one.open.id).0")
        }
    }

    @Test func aSmallJobIsNotStuckBehindABigOne() async throws {
        let rig = Rig { $0.maxInFlight = 4 }
        let big = try Samples.job(hosts: 1000)
        let small = try Samples.job(hosts: 3)
        rig.ledger.add(big)
        try await rig.run {
            await rig.caller.waitForOpen(4)
            rig.ledger.add(small)
            rig.dispatcher.ring()
            await rig.ledger.state.wait { $0.calls["openJobs"] == 2 }
            // Each slot that comes free goes to the small job while it has fewer than the big one.
            for round in 0..<2 {
                let busy = rig.caller.state.value.open.values.first { $0.task.job == big.open.id }
                rig.caller.finish(try #require(busy).task.id.text)
                await rig.caller.waitForTask("\(small.open.id).\(round)")
            }
            for round in 0..<2 { rig.caller.finish("\(small.open.id).\(round)") }
            await rig.caller.waitForTask("\(small.open.id).2")
            rig.caller.finish("\(small.open.id).2")
            await rig.ledger.state.wait { $0.jobs[small.open.id]?.hasEnded == true }
        }
        #expect(rig.ledger.job(big.open.id)?.hostsDone ?? 0 <= 4)
    }

    @Test func aHostThatIsSkippedAtItsClaimCountsForNoLimit() async throws {
        let rig = Rig { $0.maxDownloadsPerSource = 2 }
        var job = try Samples.job(hosts: 6)
        for ordinal in 0..<4 { job.hosts[ordinal].isEnabled = false }
        rig.ledger.add(job)
        try await rig.run {
            await rig.caller.waitForOpen(2)
            for call in rig.caller.state.value.open.values { rig.caller.finish(call.task.id.text) }
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.count(.skipped) == 4)
    }
}
