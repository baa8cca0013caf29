import FanOut
import PrecacheModel
import TestSupport
import Testing

/// Whole fleets, and faults at random.
@Suite(.timeLimit(.minutes(10))) struct DispatcherScaleTests {
    @Test func tenThousandHostsEachEndOnce() async throws {
        let rig = Rig(caller: .cachingAll()) {
            $0.maxInFlight = 500
            $0.maxDownloadsPerSource = 500
        }
        let job = try Samples.job(hosts: 10_000, images: ["a", "b", "c", "d", "e"])
        rig.ledger.add(job)
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        let ended = try #require(rig.ledger.job(job.open.id))
        #expect(ended.count(.cached) == 50_000)
        #expect(ended.results.allSatisfy { $0.timesFinal == 1 })
        #expect(rig.caller.state.value.begun.count == 10_000)
        #expect(rig.caller.state.value.peak <= 500)
        #expect(rig.ledger.state.value.violations.isEmpty)
    }

    /// Agents that fail in every way, a ledger that fails now and then, a service that is killed and started again, jobs
    /// that are cancelled or run out of time: every image on every host still ends in exactly one outcome.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
    func whateverHappensEveryImageEndsOnce(_ seed: UInt64) async throws {
        let ledger = FakeLedger()
        var random = SplitMix(seed: seed)
        var jobs: [JobID] = []
        for number in 0..<4 {
            var job = try Samples.job(
                hosts: 40,
                images: ["a", "b", "c"],
                sources: number.isMultiple(of: 2) ? ["http://one"] : ["http://one", "http://two"],
                limits: Samples.limits(
                    parallelism: .hosts(Int.random(in: 1...20, using: &random)),
                    hostTimeout: .seconds(Int.random(in: 5...60, using: &random)),
                    deadline: .seconds(number == 3 ? 100 : 20_000)
                )
            )
            for host in 0..<40 where Int.random(in: 0..<10, using: &random) == 0 {
                job.hosts[host].isEnabled = false
            }
            ledger.add(job)
            jobs.append(job.open.id)
        }
        let faults = seed &* 31
        ledger.state.change { $0.fault = { SplitMix.value(faults &+ UInt64($0)) % 7 == 0 } }
        for round in 0..<4 {
            if round == 2 { ledger.requestCancel(jobs[2]) }
            try await kill(
                Rig(ledger: ledger, caller: .erratic(seed: seed &+ UInt64(round)), configure: small)
            )
        }
        let rig = Rig(ledger: ledger, caller: .erratic(seed: seed &+ 99), configure: small)
        try await rig.runToEnd()
        check(rig, jobs)
    }

    private func small(_ configuration: inout DispatcherConfiguration) {
        configuration.maxInFlight = 30
        configuration.maxDownloadsPerSource = 20
        configuration.claimBatch = 7
    }

    /// Runs a dispatcher for a while, then kills it.
    private func kill(_ rig: Rig) async throws {
        let running = Task { await rig.dispatcher.run() }
        for _ in 0..<15 {
            for _ in 0..<20 { await Task.yield() }
            _ = rig.clock.advanceToNextAlarm()
        }
        running.cancel()
        await running.value
    }

    private func check(_ rig: Rig, _ jobs: [JobID]) {
        for id in jobs {
            guard let job = rig.ledger.job(id) else {
                Issue.record("a job is gone")
                continue
            }
            #expect(job.results.allSatisfy { $0.outcome.isFinal && $0.timesFinal == 1 })
            #expect(job.results.allSatisfy { $0.outcome.isGood || $0.reason != nil })
            #expect(job.hosts.allSatisfy { $0.attempt <= job.open.limits.maxAttempts })
            #expect(rig.progress.sum(of: id).bytesDone == 0)
            // As the ledger has it: an agent that is given up on may take a moment longer to let go.
            #expect(job.peakClaimed <= job.open.limits.parallelism.limit(of: 40))
        }
        #expect(rig.ledger.state.value.violations == [])
    }
}
