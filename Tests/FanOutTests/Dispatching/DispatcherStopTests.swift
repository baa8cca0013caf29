import FanOut
import PrecacheModel
import Testing

/// Cancelling, stopping, and starting again.
@Suite(.timeLimit(.minutes(10))) struct DispatcherStopTests {
    @Test func cancellingStopsDownloadsAndKeepsWhatIsDone() async throws {
        let rig = Rig { $0.maxInFlight = 2 }
        let job = try Samples.job(hosts: 5, images: ["a", "b"])
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForOpen(2)
            rig.caller.emit("\(id).0", try Samples.told("a", .cached))
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            rig.ledger.requestCancel(id)
            rig.dispatcher.ring()
            await rig.ledger.waitUntilAllEnded()
        }
        let ended = try #require(rig.ledger.job(id))
        #expect(ended.count(.cached) == 1)
        #expect(ended.count(.cancelled) == 9)
        #expect(Set(rig.caller.state.value.cancelled.map(\.id.text)) == ["\(id).0", "\(id).1"])
        #expect(rig.caller.state.value.begun.count == 2)
        #expect(rig.ledger.state.value.violations.isEmpty)
    }

    @Test func aRestartTellsAgentsOfTasksThatNobodyWantsAnyMore() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 3)
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run { await rig.caller.waitForOpen(3) }
        rig.ledger.requestCancel(id)
        let next = Rig(ledger: rig.ledger)
        try await next.run {
            await next.ledger.waitUntilAllEnded()
            await next.caller.state.wait { $0.cancelled.count == 3 }
        }
        #expect(Set(next.caller.state.value.cancelled.map(\.id.text)) == ["\(id).0", "\(id).1", "\(id).2"])
        #expect(next.caller.state.value.begun.isEmpty)
        #expect(next.ledger.job(id)?.count(.cancelled) == 3)
    }

    @Test func aFinishThatHasMoreIsGoneOnWith() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 3)
        rig.ledger.add(job)
        rig.ledger.state.change { $0.halfFinishes = 3 }
        rig.ledger.requestCancel(job.open.id)
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        #expect(rig.ledger.job(job.open.id)?.count(.cancelled) == 3)
        #expect(rig.ledger.state.value.calls["finish"] ?? 0 >= 4)
    }

    @Test func cancellingReachesHostsThatWaitForARetry() async throws {
        let rig = Rig { $0.retry = RetryPolicy(base: .seconds(600), ceiling: .seconds(600)) }
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        try await rig.run {
            await rig.caller.waitForOpen(1)
            rig.caller.finish("\(job.open.id).0", failure: .refused)
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            rig.ledger.requestCancel(job.open.id)
            rig.dispatcher.ring()
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.count(.cancelled) == 1)
    }

    @Test func aStopLeavesAgentsToTheirWorkAndTheRestartAttachesToIt() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 2, images: ["a", "b"])
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForOpen(2)
            rig.caller.emit("\(id).0", try Samples.told("a", .cached))
        }
        #expect(rig.ledger.job(id)?.count(.cached) == 1, "what was said before the stop is written down")
        #expect(rig.ledger.job(id)?.count(.pending) == 3)
        #expect(rig.caller.state.value.cancelled.isEmpty)

        let next = Rig(ledger: rig.ledger, caller: .cachingAll())
        try await next.run { await next.ledger.waitUntilAllEnded() }
        #expect(next.caller.state.value.begun.map(\.attempt) == [1, 1])
        #expect(next.caller.state.value.begun.map(\.id.text).sorted() == ["\(id).0", "\(id).1"])
        #expect(next.ledger.job(id)?.count(.cached) == 4)
    }

    @Test func afterAKillTheSameAttemptGoesOn() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        let running = Task { await rig.dispatcher.run() }
        await rig.caller.waitForOpen(1)
        running.cancel()
        await running.value
        let next = Rig(ledger: rig.ledger, caller: .cachingAll())
        try await next.run { await next.ledger.waitUntilAllEnded() }
        #expect(next.caller.state.value.begun.map(\.attempt) == [1])
    }

    @Test func aStopWhoseLastWritesFailEndsAtItsLimit() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        let running = Task { await rig.dispatcher.run() }
        await rig.caller.waitForOpen(1)
        rig.ledger.state.change { $0.failing = ["record"] }
        rig.caller.finish("\(job.open.id).0")
        await rig.ledger.state.wait { $0.failedCalls > 0 }
        rig.dispatcher.stop()
        let driver = Task { [clock = rig.clock] in
            while !Task.isCancelled {
                await Task.yield()
                _ = clock.advanceToNextAlarm()
            }
        }
        await running.value
        driver.cancel()
        #expect(rig.clock.now.offset >= .seconds(10))
        #expect(rig.ledger.job(job.open.id)?.count(.pending) == 1)
    }

    @Test func aReportOfAPastAttemptIsIgnored() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForOpen(1)
            rig.ledger.state.change { $0.jobs[id]?.hosts[0].attempt = 2 }
            rig.caller.finish("\(id).0")
            await rig.ledger.state.wait { $0.staleReports == 1 }
        }
        #expect(rig.ledger.job(id)?.count(.pending) == 1)
    }

    /// Whoever has it now attaches to what agents are at work on.
    @Test func aJobThatIsNotListedIsLetGoOfAndItsAgentsGoOn() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        try await rig.run {
            await rig.caller.waitForOpen(1)
            rig.ledger.state.change { state in
                state.jobs = [:]
                state.order = []
            }
            rig.dispatcher.ring()
            await rig.caller.state.wait { $0.running == 0 }
        }
        #expect(rig.caller.state.value.cancelled.isEmpty)
        #expect(rig.dispatcher.status.inFlight == 0 && rig.dispatcher.status.openJobs == 0)
    }

    /// Others thought us dead for a while, and we took the job over from ourselves under another number.
    @Test func aJobThatWasLostAndTakenOverAgainBeginsAnew() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 2)
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForOpen(2)
            rig.ledger.state.change { state in
                state.jobs[id]?.open.term += 1
                _ = state.jobs[id]?.recover(latestDue: Samples.start)
            }
            rig.dispatcher.ring()
            await rig.caller.state.wait { $0.begun.count == 4 && $0.running == 2 }
            for host in 0..<2 { rig.caller.finish("\(id).\(host)") }
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.caller.state.value.cancelled.isEmpty)
        #expect(rig.caller.state.value.begun.map(\.attempt) == [1, 1, 1, 1])
        #expect(rig.ledger.job(id)?.count(.cached) == 2 && rig.ledger.state.value.staleReports == 0)
        #expect(rig.ledger.state.value.violations.isEmpty)
    }
}
