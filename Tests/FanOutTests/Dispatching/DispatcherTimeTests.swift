import FanOut
import PrecacheModel
import Testing

/// Time limits, and clocks that jump.
@Suite(.timeLimit(.minutes(10))) struct DispatcherTimeTests {
    @Test func anAttemptThatTakesTooLongIsStoppedAndTriedAgain() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1, limits: Samples.limits(hostTimeout: .seconds(60)))
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            rig.clock.advance(by: .seconds(60))
            await rig.ledger.state.wait { $0.jobs.values.first?.hosts[0].results[0].reason == .agentTimeout }
            #expect(rig.caller.state.value.cancelled.map(\.attempt) == [1])
            rig.clock.advance(by: .seconds(1))
            await rig.caller.waitForTask(name, attempt: 2)
            rig.caller.finish(name)
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.results.first?.outcome == .cached)
    }

    @Test func anAgentThatDoesNotObeyIsLeftAfterTheGrace() async throws {
        let rig = Rig(caller: FakeCaller(obeysCancel: false))
        let job = try Samples.job(hosts: 1, limits: Samples.limits(hostTimeout: .seconds(60), maxAttempts: 1))
        rig.ledger.add(job)
        try await rig.run {
            await rig.caller.waitForTask("\(job.open.id).0")
            rig.clock.advance(by: .seconds(60))
            await rig.caller.state.wait { $0.cancelled.count == 1 }
            rig.clock.advance(by: .seconds(5))
            await rig.ledger.waitUntilAllEnded()
            await rig.caller.state.wait { $0.running == 0 }
        }
        let result = try #require(rig.ledger.job(job.open.id)?.results.first)
        #expect(result.reason == .agentTimeout)
        #expect(result.detail == "not done within 60 s")
    }

    @Test func anAttemptGetsNoMoreThanTheTimeLeft() async throws {
        let rig = Rig()
        rig.ledger.add(try Samples.job(hosts: 1, limits: Samples.limits(deadline: .seconds(100))))
        try await rig.run {
            await rig.caller.waitForOpen(1)
            #expect(rig.caller.state.value.begun.first?.timeout == .seconds(100))
        }
    }

    @Test func theDeadlineEndsEverythingUnfinished() async throws {
        let rig = Rig { $0.maxInFlight = 1 }
        let job = try Samples.job(
            hosts: 3,
            images: ["a", "b"],
            limits: Samples.limits(deadline: .seconds(100))
        )
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            rig.caller.emit(name, try Samples.told("a", .cached))
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            rig.clock.advance(by: .seconds(100))
            await rig.ledger.waitUntilAllEnded()
        }
        let ended = try #require(rig.ledger.job(job.open.id))
        #expect(ended.count(.cached) == 1)
        #expect(ended.results.count { $0.outcome == .error && $0.reason == .deadlineExceeded } == 5)
        #expect(rig.caller.state.value.cancelled.map(\.id.text) == [name])
        #expect(rig.caller.state.value.begun.count == 1)
    }

    @Test func aJobWhoseDeadlinePassedWhileTheServiceWasAwayBeginsNothing() async throws {
        let rig = Rig(wallShift: .seconds(7200))
        let job = try Samples.job(hosts: 3, limits: Samples.limits(deadline: .seconds(3600)))
        rig.ledger.add(job)
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        #expect(rig.ledger.job(job.open.id)?.count(.error) == 3)
        #expect(rig.caller.state.value.begun.isEmpty)
    }

    @Test(arguments: [Duration.seconds(-3600), .seconds(3600)])
    func aClockThatIsSetDelaysNoRetryAndEndsNoJob(_ shift: Duration) async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1, limits: Samples.limits(deadline: .seconds(1800)))
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            rig.caller.finish(name, failure: .refused)
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            rig.wallShift.change { $0 = shift }
            rig.clock.advance(by: .seconds(1))
            await rig.caller.waitForTask(name, attempt: 2)
            rig.caller.finish(name)
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.results.first?.outcome == .cached)
    }

    @Test(arguments: [Duration.seconds(-3600), .seconds(3600)])
    func afterTheClockWasSetARetryIsStillDueAfterItsPause(_ shift: Duration) async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            rig.wallShift.change { $0 = shift }
            rig.caller.finish(name, failure: .refused)
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            #expect(rig.ledger.job(job.open.id)?.hosts[0].due == Samples.start + .seconds(1))
            rig.clock.advance(by: .seconds(1))
            await rig.caller.waitForTask(name, attempt: 2)
        }
    }

    @Test func aJobFromTheFutureHasItsWholeTime() async throws {
        let rig = Rig(wallShift: .seconds(-3600))
        rig.ledger.add(try Samples.job(hosts: 1, limits: Samples.limits(deadline: .seconds(100))))
        try await rig.run {
            await rig.caller.waitForOpen(1)
            #expect(rig.caller.state.value.begun.first?.timeout == .seconds(100))
        }
    }

    @Test func aClockSetForwardMakesNoHostLookDown() async throws {
        let rig = Rig { $0.maxInFlight = 1 }
        var job = try Samples.job(hosts: 2)
        for ordinal in 0..<2 {
            job.hosts[ordinal].heartbeatAt = Samples.start
            job.hosts[ordinal].heartbeatInterval = .seconds(30)
        }
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForTask("\(id).0")
            rig.wallShift.change { $0 = .seconds(3600) }
            rig.caller.finish("\(id).0")
            await rig.caller.waitForTask("\(id).1")
            rig.caller.finish("\(id).1")
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(id)?.count(.cached) == 2)
    }

    @Test func afterARestartWithTheClockSetBackRetriesAreDueSoon() async throws {
        let rig = Rig(caller: .cachingAll()) { $0.retryAfterLimit = .seconds(60) }
        var job = try Samples.job(hosts: 1)
        job.hosts[0].due = Samples.start + .seconds(3600)
        job.requeue()
        rig.ledger.add(job)
        try await rig.runToEnd()
        #expect(rig.clock.now.offset <= .seconds(120))
    }
}
