import PrecacheModel
import Testing

@testable import FanOut

@Suite struct SchedulerTests {
    let source = SourceKey(url: "http://images.example/")

    func scheduler(maxInFlight: Int = 10, perSource: Int = 10) -> Scheduler {
        Scheduler(
            limits: SchedulerLimits(
                maxInFlight: maxInFlight,
                maxDownloadsPerSource: perSource,
                claimBatch: 256,
                retry: RetryPolicy(),
                retryAfterLimit: .seconds(3600),
                cancelGrace: .seconds(5)
            )
        )
    }

    func time(_ now: Duration) -> SchedulerTime {
        let watch = WallWatch(startingAt: Samples.start)
        let moment = Samples.start + now
        return SchedulerTime(now: now, time: LedgerTime(wall: moment, steady: moment), watch: watch)
    }

    func host(_ ordinal: Int, attempt: Int = 1) throws -> ClaimedHost {
        ClaimedHost(
            ordinal: ordinal,
            name: try HostName("h\(ordinal)"),
            address: "::1",
            port: 1,
            attempt: attempt,
            images: [0]
        )
    }

    @Test func plansUpToTheSmallestLimitAndGivesBackWhatWasNotClaimed() throws {
        var scheduler = scheduler(maxInFlight: 8, perSource: 5)
        let open = try Samples.job(hosts: 100, limits: Samples.limits(parallelism: .hosts(6))).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        #expect(requests == [ClaimRequest(job: open.id, limit: 5)])
        #expect(scheduler.budgets.inUse == [source: 5])
        let answer = ClaimAnswer(job: open.id, hosts: [try host(0), try host(1)], nextDue: nil)
        scheduler.claimed(requests, [answer], time(.zero))
        #expect(scheduler.budgets.inUse == [source: 2])
        #expect(scheduler.takeCommands().count == 2)
        let again = scheduler.planClaims(at: .zero)
        #expect(again.isEmpty, "the ledger said that no more wait")
    }

    @Test func anImageThatTheJobDoesNotHaveEndsWithWordOfIt() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 2).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        var hosts = [try host(0), try host(1)]
        hosts[0].images = [0, 7]
        hosts[1].images = [9]
        scheduler.claimed(requests, [ClaimAnswer(job: open.id, hosts: hosts, nextDue: nil)], time(.zero))
        #expect(scheduler.attempts.count == 1)
        let reports = scheduler.outbox.reports
        #expect(reports.map(\.next) == [.goesOn, .done])
        #expect(reports.map { $0.images.map(\.image) } == [[7], [9]])
        #expect(reports.flatMap(\.images).allSatisfy { $0.outcome == .error && $0.reason == .internal })
    }

    @Test func aLedgerThatSaysDueAndGivesNothingIsAskedAgainLater() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 1).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        let answer = ClaimAnswer(job: open.id, hosts: [], nextDue: Samples.start)
        scheduler.claimed(requests, [answer], time(.zero))
        let atOnce = scheduler.planClaims(at: .milliseconds(999))
        #expect(atOnce.isEmpty)
        #expect(scheduler.nextClaim(after: .zero) == .seconds(1))
        let later = scheduler.planClaims(at: .seconds(1))
        #expect(later.count == 1)
    }

    @Test func thePollTrustsNothingThatMemorySays() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 1).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        scheduler.claimed(requests, [ClaimAnswer(job: open.id, hosts: [], nextDue: nil)], time(.zero))
        scheduler.merge([open], at: .seconds(1), wall: Samples.start, isPoll: false)
        let rung = scheduler.planClaims(at: .seconds(1))
        #expect(rung.isEmpty)
        scheduler.merge([open], at: .seconds(30), wall: Samples.start, isPoll: true)
        let polled = scheduler.planClaims(at: .seconds(30))
        #expect(polled.count == 1)
    }

    @Test func nothingIsClaimedWhileReportsWait() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 2).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        scheduler.outbox.add(AttemptKey(job: open.id, host: 0, attempt: 1), [], next: .done)
        let held = scheduler.planClaims(at: .zero)
        #expect(held.isEmpty)
        scheduler.outbox.drop(1)
        let free = scheduler.planClaims(at: .zero)
        #expect(free.count == 1)
    }

    @Test func hostsThatAStopFindsClaimedAreReleased() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 1).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        scheduler.isReleasing = true
        let answer = ClaimAnswer(job: open.id, hosts: [try host(0)], nextDue: nil)
        scheduler.claimed(requests, [answer], time(.zero))
        #expect(scheduler.outbox.reports.map(\.next) == [.released])
        #expect(scheduler.takeCommands().isEmpty)
        #expect(scheduler.budgets.inUse.isEmpty)
    }

    @Test func anAgentThatWasToldToStopBeforeItHadTheTaskIsToldAgain() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 1).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        let answer = ClaimAnswer(job: open.id, hosts: [try host(0)], nextDue: nil)
        scheduler.claimed(requests, [answer], time(.zero))
        let key = AttemptKey(job: open.id, host: 0, attempt: 1)
        _ = scheduler.takeCommands()
        scheduler.accepted(key)
        #expect(scheduler.takeCommands().isEmpty)
        scheduler.close(open.id, .cancelled, at: .zero)
        #expect(scheduler.takeCommands().count == 1)
        scheduler.accepted(key)
        let again = scheduler.takeCommands()
        #expect(again.count == 1)
        scheduler.fireTimers(jitter: { 1 }, time(.seconds(5)))
        #expect(scheduler.takeCommands() == [.abandon(key)] + again, "it may have got the task since")
    }

    @Test func queueAgeIsTheWaitOfTheJobThatGetsNoSlot() throws {
        var scheduler = scheduler(maxInFlight: 1)
        let jobs = try [Samples.job(hosts: 1).open, Samples.job(hosts: 1).open]
        scheduler.merge(jobs, at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        let answer = ClaimAnswer(job: jobs[0].id, hosts: [try host(0)], nextDue: nil)
        scheduler.claimed(requests, [answer], time(.zero))
        #expect(scheduler.queueAge(at: .seconds(40)) == .seconds(40))
    }

    @Test func anEndedJobLeavesNothingBehind() throws {
        var scheduler = scheduler()
        let open = try Samples.job(hosts: 1).open
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        scheduler.ended([open.id])
        #expect(scheduler.jobs.isEmpty)
        #expect(scheduler.timers.count == 0)
        #expect(scheduler.finishes.isEmpty)
        #expect(scheduler.budgets.inUse.isEmpty)
    }
}
