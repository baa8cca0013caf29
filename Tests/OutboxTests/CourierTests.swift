import PrecacheModel
import Synchronization
import Telemetry
import Testing

@testable import Outbox

/// At least once, in order per job, side by side over jobs and endpoints.
@Suite(.timeLimit(.minutes(10)))
struct CourierTests {
    private static let failed = DeliveryResult(status: 500, detail: "the endpoint answered 500")

    private func ids(_ job: JobRecord, _ events: ClosedRange<Int64>) -> [String] {
        events.map { "\(job.id)-\($0)" }
    }

    @Test func eventsGoOutInOrderAndTheCursorFollows() async throws {
        let rig = Rig([try Samples.target()])
        let job = try Samples.job()
        rig.store.append(job, at: rig.clock.now, [.state(.queued), .state(.running)])
        try await rig.run { rig in
            await eventually { rig.sender.ids.count == 2 }
            rig.store.append(job, at: rig.clock.now, [try Samples.outcome("h1", "one"), .state(.succeeded)])
            await eventually { rig.store.cursor(1, job.id) == 4 }
        }
        #expect(rig.sender.ids == ids(job, 1...4))
        #expect(rig.store.written(1).delivered == 4)
        #expect(rig.store.written(1).health?.lastDeliveryAt == rig.clock.now)
    }

    @Test func whoLosesAWebhookAndGetsItBackGoesOnWhereTheOtherWas() async throws {
        let target = try Samples.target()
        let rig = Rig([target])
        let job = try Samples.job()
        rig.store.append(job, at: rig.clock.now, [.state(.queued)])
        try await rig.run { rig in
            await eventually { rig.store.cursor(1, job.id) == 1 }
            rig.store.state.withLock { $0.targets = [] }
            try await rig.courier.follow()
            rig.store.append(job, at: rig.clock.now, [.state(.running)])
            // Another has delivered it.
            rig.store.state.withLock { state in
                state.cursors[1]?[job.id] = 2
                state.targets = [target]
                state.targets[0].owner = 2
            }
            try await rig.courier.follow()
            rig.store.append(job, at: rig.clock.now, [.state(.succeeded)])
            await eventually { rig.store.cursor(1, job.id) == 3 }
        }
        #expect(rig.sender.ids == ["\(job.id)-1", "\(job.id)-3"])
    }

    @Test func aFailureIsTriedAgainUnderItsIDWithDoublingPausesBeforeWhatFollows() async throws {
        let rig = Rig([try Samples.target()])
        let job = try Samples.job()
        rig.sender.answer { _, count in count < 4 ? Self.failed : DeliveryResult(status: 204) }
        rig.store.append(job, at: rig.clock.now, [.state(.queued), .state(.running)])
        try await rig.run { rig in
            for (tries, pause) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
                await eventually { rig.sender.ids.count == tries && rig.retries == [.seconds(pause)] }
                #expect(rig.store.cursor(1, job.id) == nil)
                rig.clock.advance(by: .seconds(pause))
            }
            await eventually { rig.store.cursor(1, job.id) == 2 }
        }
        #expect(rig.sender.ids == [String](repeating: "\(job.id)-1", count: 5) + ["\(job.id)-2"])
        #expect(rig.store.written(1).health?.failingSince == nil)
    }

    @Test func retryAfterKeepsAllJobsOfTheEndpointQuietAndNoOther() async throws {
        let rig = Rig([try Samples.target(), try Samples.target("other", id: 2)])
        let (first, second) = (try Samples.job(), try Samples.job())
        rig.sender.answer { sent, count in
            sent.webhook == "ci"
                ? DeliveryResult(status: 429, retryAfter: .seconds(90)) : DeliveryResult(status: 200)
        }
        rig.store.append(first, at: rig.clock.now, [.state(.queued)])
        try await rig.run { rig in
            await eventually { rig.retries == [.seconds(90)] }
            rig.store.append(second, at: rig.clock.now, [.state(.queued)])
            await eventually {
                rig.retries == [.seconds(90), .seconds(90)] && rig.store.cursor(2, second.id) == 2
            }
            #expect(rig.sender.sent.filter { $0.webhook == "ci" }.count == 1)
            rig.sender.answer { _, _ in DeliveryResult(status: 200) }
            rig.clock.advance(by: .seconds(90))
            await eventually { rig.store.cursor(1, first.id) == 1 && rig.store.cursor(1, second.id) == 2 }
        }
    }

    @Test func aHangingEndpointHoldsUpFourOfItsJobsAndNothingElse() async throws {
        let rig = Rig([try Samples.target("hangs"), try Samples.target("good", id: 2)])
        rig.sender.answer { sent, _ in sent.webhook == "hangs" ? nil : DeliveryResult(status: 200) }
        let jobs = try (0..<10).map { _ in try Samples.job() }
        for job in jobs { rig.store.append(job, at: rig.clock.now, [.state(.queued), .state(.succeeded)]) }
        try await rig.run { rig in
            await eventually {
                jobs.allSatisfy { rig.store.cursor(2, $0.id) != nil } && rig.sender.ids.count == 24
            }
            await eventually { rig.store.written(2).delivered == 20 }
        }
        #expect(rig.sender.sent.filter { $0.webhook == "hangs" }.count == 4)
        #expect(rig.store.written(1) == DeliveryProgress(), "a delivery that a stop interrupts is no failure")
    }

    @Test func whatIsTooOldIsGivenUpAndCounted() async throws {
        let rig = Rig([try Samples.target()], patience: .seconds(60))
        let job = try Samples.job()
        rig.sender.answer { _, _ in Self.failed }
        rig.store.append(job, at: rig.clock.now, [.state(.queued)])
        try await rig.run { rig in
            await eventually { rig.retries.contains(.seconds(1)) }
            rig.store.append(job, at: rig.clock.now + .seconds(50), [.state(.succeeded)])
            rig.clock.advance(by: .seconds(60))
            await eventually {
                rig.store.written(1).dropped == 1 && rig.store.written(1).health?.pausedAt != nil
            }
        }
        #expect(rig.sender.ids == ["\(job.id)-1"], "paused before the second is tried")
        let health = rig.store.written(1).health
        #expect(health?.pausedReason?.hasSuffix("the endpoint answered 500") == true)
        #expect(rig.store.cursor(1, job.id) == 1)
        #expect(
            String(decoding: rig.metrics.render(), as: UTF8.self).contains(
                #"precached_webhook_deliveries_total{webhook="ci",result="dropped"} 1"#
            )
        )
    }

    @Test func goneIsPausedAtOnceAndResumedByHand() async throws {
        let target = try Samples.target()
        let rig = Rig([target])
        let job = try Samples.job()
        rig.sender.answer { _, _ in DeliveryResult(status: 410, detail: "the endpoint answered 410") }
        rig.store.append(job, at: rig.clock.now, [.state(.queued), .state(.running)])
        try await rig.run { rig in
            await eventually { rig.store.written(1).health?.pausedAt != nil }
            rig.store.append(job, at: rig.clock.now, [.state(.succeeded)])
            rig.clock.advance(by: .seconds(3_600))
            rig.sender.answer { _, _ in DeliveryResult(status: 200) }
            rig.store.state.withLock { $0.targets[0].resumes += 1 }
            await rig.courier.reload()
            await eventually { rig.store.cursor(1, job.id) == 3 }
        }
        #expect(rig.sender.ids == ids(job, 1...1) + ids(job, 1...3))
        #expect(rig.store.written(1).health?.pausedAt == nil)
    }

    @Test func aPausedOneStaysSoOverAStartAndGivesUpWhatIsTooOld() async throws {
        var target = try Samples.target()
        target.health.pausedAt = Timestamp(microseconds: 0)
        let rig = Rig([target], patience: .seconds(100))
        let job = try Samples.job()
        rig.store.append(job, at: rig.clock.now, [.state(.queued)])
        try await rig.run { rig in
            await eventually { rig.clock.sleeps.count >= 2 }
            rig.clock.advance(by: .seconds(101))
            await eventually { rig.store.written(1).dropped == 1 }
        }
        #expect(rig.sender.ids.isEmpty)
    }

    @Test func whatIsNotWantedIsPassedOver() async throws {
        let rig = Rig([try Samples.target(events: [.finished], aggregates: ["web"])])
        let (job, other) = (try Samples.job(), try Samples.job(aggregate: "db"))
        rig.store.append(other, at: rig.clock.now, [.state(.queued), .state(.failed)])
        rig.store.append(job, at: rig.clock.now, [.state(.queued), .state(.running), .state(.succeeded)])
        try await rig.run { rig in await eventually { rig.store.cursor(1, job.id) == 5 } }
        #expect(rig.sender.ids == ids(job, 5...5))
    }

    @Test func aDeletedOneGetsNothingMoreAndAChangedOneGetsItsNewShape() async throws {
        let rig = Rig([try Samples.target(), try Samples.target("other", id: 2)])
        let job = try Samples.job(images: ["one"], hosts: 2)
        rig.store.append(job, at: rig.clock.now, [.state(.queued), try Samples.outcome("h1", "one")])
        try await rig.run { rig in
            await eventually { rig.store.cursor(1, job.id) == 2 && rig.store.cursor(2, job.id) == 2 }
            rig.store.state.withLock { $0.targets = [] }
            let nova = try Samples.target("other", id: 2, format: .nova)
            rig.store.state.withLock { $0.targets = [nova] }
            await rig.courier.reload()
            rig.store.append(job, at: rig.clock.now, [try Samples.outcome("h2", "one")])
            await eventually { rig.store.cursor(2, job.id) == 3 }
        }
        #expect(rig.sender.sent.filter { $0.webhook == "ci" }.count == 2)
        // It counts on where the job is.
        #expect(rig.sender.sent.last?.text.contains(#""index":2,"total":2"#) == true)
    }

    /// The first host lacked one image of two; what happened before the start is recalled, not sent again.
    @Test func aRetriedJobsHostsAreToldByWhatEachLacked() async throws {
        let rig = Rig([try Samples.target(format: .nova)])
        var job = try Samples.job(images: ["a", "b"], hosts: 2)
        job.retryOf = .make()
        let expected = [try HostName("h1"): 1, try HostName("h2"): 2]
        rig.store.state.withLock { $0.imagesPerHost = expected }
        let before = [.state(.queued), try Samples.outcome("h1", "b"), try Samples.outcome("h2", "b")]
        rig.store.append(job, at: rig.clock.now, before)
        rig.store.state.withLock { $0.cursors = [1: [job.id: 3]] }
        rig.store.append(job, at: rig.clock.now, [try Samples.outcome("h2", "a")])
        try await rig.run { rig in await eventually { rig.store.cursor(1, job.id) == 4 } }
        #expect(rig.sender.sent.count == 1)
        #expect(rig.sender.sent.last?.text.contains(#""host":"h2","#) == true)
        #expect(rig.sender.sent.last?.text.contains(#""index":2,"total":2"#) == true)
    }

    @Test func aDatabaseThatFailsIsAskedAgain() async throws {
        let rig = Rig([try Samples.target()])
        let job = try Samples.job()
        try await rig.run { rig in
            await eventually { rig.clock.sleeps.count >= 2 }
            rig.store.state.withLock { $0.trouble = StoreError(.full, message: "full") }
            rig.store.append(job, at: rig.clock.now, [.state(.queued)])
            await eventually { rig.retries == [.seconds(1)] }
            rig.store.state.withLock { $0.trouble = nil }
            rig.clock.advance(by: .seconds(1))
            await eventually { rig.store.cursor(1, job.id) == 1 }
        }
        #expect(rig.sender.ids == ids(job, 1...1))
        #expect(rig.store.written(1).health?.failingSince == nil, "no fault of the endpoint")
    }

    @Test func aTestIsOneTryOfItsOwn() async throws {
        let rig = Rig([try Samples.target(format: .nova)])
        rig.sender.answer { _, _ in DeliveryResult(status: 503, detail: "the endpoint answered 503") }
        let test = try await rig.courier.test(try WebhookName("ci"))
        #expect(!test.isDelivered)
        #expect(test.status == 503)
        #expect(test.detail == "the endpoint answered 503")
        #expect(rig.sender.sent.first?.text.contains(#""event_type":"precache.webhook.test""#) == true)
        await #expect(throws: StoreError.notFound("webhook", "none")) {
            _ = try await rig.courier.test(try WebhookName("none"))
        }
    }
}

@Suite struct BackoffTests {
    @Test(arguments: [
        (1, 0.0, 0.5), (1, 1.0, 1.0), (2, 1.0, 2.0), (5, 0.5, 12.0), (11, 0.0, 300.0), (1_000, 1.0, 600.0),
    ])
    func doublesFromASecondToTenMinutes(failures: Int, random: Double, seconds: Double) {
        let delay = Backoff.delay(after: failures, random: random)
        #expect(abs(delay / .seconds(1) - seconds) < 0.001)
    }
}
