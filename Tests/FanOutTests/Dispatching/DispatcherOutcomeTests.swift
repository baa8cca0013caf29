import FanOut
import PrecacheModel
import Telemetry
import Testing

/// What becomes of each image on each host.
@Suite(.timeLimit(.minutes(10))) struct DispatcherOutcomeTests {
    /// A counter that is born with its first failure shows a rate of 0: nobody would be told of it.
    @Test func everyOutcomeAndReasonIsShownBeforeItsFirst() async throws {
        let rig = Rig()
        try await rig.run { await rig.waitForStatus(\.isHealthy) }
        let lines = String(decoding: rig.metrics.render(), as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("precached_outcomes_total{") }
        for reason in Reason.allCases {
            let shown = lines.filter { $0.contains("reason=\"\(reason.rawValue)\"} 0") }
            #expect(shown.count == 1, "\(reason)")
        }
        for outcome in Outcome.allCases where outcome.isFinal {
            #expect(lines.contains { $0.contains("outcome=\"\(outcome.rawValue)\"") }, "\(outcome)")
        }
    }

    @Test func aJobEndsWithWhatTheAgentsSay() async throws {
        let rig = Rig(
            caller: FakeCaller { task, emit in
                for image in task.images {
                    emit(.progress(image: image.id, ByteProgress(done: 50, total: 100)))
                    let outcome: Outcome = task.hostOrdinal == 0 ? .existing : .cached
                    emit(.outcome(image: image.id, ImageOutcome(outcome, isVerified: true)))
                }
            }
        )
        let job = try Samples.job(hosts: 3, images: ["a", "b"])
        rig.ledger.add(job)
        try await rig.run { await rig.ledger.waitUntilAllEnded() }
        let ended = try #require(rig.ledger.job(job.open.id))
        #expect(ended.count(.existing) == 2)
        #expect(ended.count(.cached) == 4)
        #expect(ended.results.allSatisfy { $0.timesFinal == 1 })
        #expect(rig.ledger.state.value.violations.isEmpty)
        #expect(rig.progress.sum(of: job.open.id) == LiveProgress.Sum())
    }

    @Test func theBellBringsWorkThatCameLater() async throws {
        let rig = Rig(caller: .cachingAll())
        try await rig.run {
            await rig.ledger.state.wait { $0.calls["openJobs"] == 1 }
            rig.ledger.add(try Samples.job(hosts: 1))
            rig.dispatcher.ring()
            await rig.ledger.waitUntilAllEnded()
        }
    }

    @Test func withoutTheBellThePollFindsIt() async throws {
        let rig = Rig(caller: .cachingAll())
        try await rig.run {
            await rig.ledger.state.wait { $0.calls["openJobs"] == 1 }
            rig.ledger.add(try Samples.job(hosts: 1))
            await rig.advance { $0.jobs.values.allSatisfy(\.hasEnded) }
            #expect(rig.clock.now.offset >= .seconds(30))
        }
    }

    @Test func hostsThatAreDownOrDisabledAreSkippedWithoutAnAttempt() async throws {
        let rig = Rig(caller: .cachingAll()) { $0.maxInFlight = 1 }
        var job = try Samples.job(hosts: 4, images: ["a", "b"])
        job.hosts[0].isEnabled = false
        job.hosts[1].heartbeatAt = Samples.start
        job.hosts[1].heartbeatInterval = .seconds(30)
        job.hosts[2].heartbeatAt = Samples.start + .seconds(90)
        job.hosts[2].heartbeatInterval = .seconds(30)
        job.open.createdAt = Samples.start + .seconds(100)
        let added = job
        try await rig.run {
            await rig.ledger.state.wait { $0.calls["openJobs"] == 1 }
            rig.clock.advance(by: .seconds(100))
            rig.ledger.add(added)
            rig.dispatcher.ring()
            await rig.ledger.waitUntilAllEnded()
        }
        let ended = try #require(rig.ledger.job(job.open.id))
        #expect(ended.hosts[0].results.map(\.reason) == [.hostDisabled, .hostDisabled])
        #expect(ended.hosts[1].results.map(\.reason) == [.hostDown, .hostDown])
        #expect(ended.count(.skipped) == 4)
        #expect(ended.count(.cached) == 4)
        #expect(Set(rig.caller.state.value.begun.map(\.hostOrdinal)) == [2, 3])
    }

    @Test func aHostThatWasDisabledBetweenSweepAndClaimIsSkippedAtItsClaim() async throws {
        let rig = Rig { $0.maxInFlight = 1 }
        let job = try Samples.job(hosts: 2)
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForTask("\(id).0")
            rig.ledger.state.change { $0.jobs[id]?.hosts[1].isEnabled = false }
            rig.caller.finish("\(id).0")
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(id)?.hosts[1].results.first?.reason == .hostDisabled)
        #expect(rig.caller.state.value.begun.count == 1)
    }

    @Test func aHostThatWaitsForItsRetryAndGoesDownIsSkippedByTheSweep() async throws {
        let rig = Rig { $0.retry = RetryPolicy(base: .seconds(3600), ceiling: .seconds(3600)) }
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForTask("\(id).0")
            rig.caller.finish("\(id).0", failure: .refused)
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            rig.ledger.state.change { $0.jobs[id]?.hosts[0].isEnabled = false }
            rig.clock.advance(by: .seconds(30))
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(id)?.hosts[0].results.first?.outcome == .skipped)
    }

    @Test func aFailureIsTriedAgainAfterItsPauseAndOnlyForWhatIsLeft() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1, images: ["a", "b", "c"])
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            rig.caller.emit(name, try Samples.told("a", .cached))
            rig.caller.emit(name, try Samples.told("b", .error, .imageNotFound))
            rig.caller.emit(name, try Samples.told("c", .error, .sourceError))
            await rig.ledger.state.wait { $0.jobs.values.first?.count(.cached) == 1 }
            rig.caller.finish(name, cached: false)
            await rig.ledger.state.wait {
                $0.jobs.values.first?.hosts[0].due ?? Samples.start > Samples.start
            }
            let waiting = rig.ledger.job(job.open.id)?.hosts[0]
            #expect(waiting?.due == Samples.start + .seconds(1))
            #expect(waiting?.results[2].outcome == .pending)
            #expect(waiting?.results[2].reason == .sourceError)
            rig.clock.advance(by: .milliseconds(999))
            // A host that is claimed now shows that the dispatcher looked at what is due and began nothing too early.
            let other = try Samples.job(hosts: 1)
            rig.ledger.add(other)
            rig.dispatcher.ring()
            await rig.caller.waitForTask("\(other.open.id).0")
            #expect(rig.caller.state.value.begun.map(\.job) == [job.open.id, other.open.id])
            rig.caller.finish("\(other.open.id).0")
            await rig.ledger.state.wait { $0.jobs[other.open.id]?.hasEnded == true }
            rig.clock.advance(by: .milliseconds(1))
            await rig.caller.waitForTask(name, attempt: 2)
            rig.caller.finish(name)
            await rig.ledger.waitUntilAllEnded()
        }
        let results = try #require(rig.ledger.job(job.open.id)?.results)
        #expect(results.map(\.outcome) == [.cached, .error, .cached])
        #expect(results.map(\.attempts) == [1, 1, 2])
        #expect(rig.caller.state.value.begun.last?.images.map(\.id.text) == ["c"])
    }

    @Test func attemptsAreCountedAndTheLastErrorStands() async throws {
        let rig = Rig(caller: FakeCaller { _, _ throws(AgentFailure) in throw .refused })
        let job = try Samples.job(hosts: 1, limits: Samples.limits(maxAttempts: 4))
        rig.ledger.add(job)
        try await rig.runToEnd()
        let result = try #require(rig.ledger.job(job.open.id)?.results.first)
        #expect(result.outcome == .error)
        #expect(result.reason == .agentUnreachable)
        #expect(result.detail == "refused")
        #expect(rig.caller.state.value.begun.map(\.attempt) == [1, 2, 3, 4])
        #expect(rig.clock.now.offset >= .seconds(7), "1 s, 2 s and 4 s of pauses")
    }

    @Test func whatASourceAsksForIsWaited() async throws {
        let rig = Rig(jitter: 0)
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            var throttled = Samples.outcome(.error, .sourceThrottled)
            throttled.retryAfter = .seconds(120)
            rig.caller.emit(name, .outcome(image: try ImageID("a"), throttled))
            rig.caller.finish(name, cached: false)
            await rig.ledger.state.wait { $0.calls["record"] != nil }
            rig.clock.advance(by: .seconds(120))
            await rig.caller.waitForTask(name, attempt: 2)
            rig.caller.finish(name)
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.hosts[0].due == Samples.start + .seconds(120))
    }

    @Test func oneDeadHostCostsTheOthersNothing() async throws {
        let rig = Rig(
            caller: FakeCaller { task, emit throws(AgentFailure) in
                if task.hostOrdinal == 0 {
                    await Task.untilCancelled()
                    throw .refused
                }
                FakeCaller.cacheAll(task, emit)
            }
        ) { $0.maxInFlight = 2 }
        let job = try Samples.job(hosts: 200, limits: Samples.limits(parallelism: .hosts(2)))
        rig.ledger.add(job)
        try await rig.run {
            await rig.ledger.state.wait { $0.jobs.values.first?.hostsDone == 199 }
        }
        #expect(rig.ledger.job(job.open.id)?.count(.cached) == 199)
        #expect(rig.clock.now.offset == .zero, "nobody waited for a time-out")
    }

    @Test func progressIsShownUntilTheOutcomeAndNotAfterIt() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1, images: ["a", "b"])
        rig.ledger.add(job)
        let id = job.open.id
        let bytes = ByteProgress(done: 40, total: 100)
        try await rig.run {
            await rig.caller.waitForTask("\(id).0")
            rig.caller.emit("\(id).0", try Samples.told("a", .cached))
            await rig.ledger.state.wait { $0.calls["record"] == 1 }
            rig.caller.emit("\(id).0", .progress(image: try ImageID("a"), bytes))
            rig.caller.emit("\(id).0", .progress(image: try ImageID("zzz"), bytes))
            rig.caller.emit("\(id).0", .progress(image: try ImageID("b"), bytes))
            while rig.progress.runningImages(of: id, host: 0)[1] == nil { await Task.yield() }
            #expect(rig.progress.runningImages(of: id, host: 0) == [1: bytes])
            #expect(rig.progress.sum(of: id).bytesDone == 40)
            rig.caller.finish("\(id).0")
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.progress.sum(of: id).images == 0)
    }

    @Test func aStrangersOrRepeatedOutcomeChangesNothing() async throws {
        let rig = Rig()
        let job = try Samples.job(hosts: 1, images: ["a", "b"])
        rig.ledger.add(job)
        let name = "\(job.open.id).0"
        try await rig.run {
            await rig.caller.waitForTask(name)
            rig.caller.emit(name, try Samples.told("zzz", .cached))
            rig.caller.emit(name, try Samples.told("a", .existing))
            rig.caller.emit(name, try Samples.told("a", .error, .noSpace))
            rig.caller.finish(name)
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.results.map(\.outcome) == [.existing, .cached])
        #expect(rig.ledger.state.value.violations.isEmpty)
    }
}
