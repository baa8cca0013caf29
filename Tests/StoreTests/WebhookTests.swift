import PrecacheModel
import Store
import Testing

/// Webhooks, how far each is in each job, and that nothing that waits is pruned.
@Suite(.timeLimit(.minutes(10)))
struct WebhookTests {
    private static let fresh = WebhookSecret(key: [UInt8](repeating: 9, count: 32))
    private static let other = WebhookSecret(key: [UInt8](repeating: 8, count: 32))

    private func entry(
        _ name: String = "ci",
        events: [EventType] = [],
        aggregates: [String] = [],
        isEnabled: Bool = true
    ) throws -> WebhookEntry {
        WebhookEntry(
            name: try WebhookName(name),
            url: "https://x/?q",
            events: events,
            aggregates: try aggregates.map { try AggregateName($0) },
            isEnabled: isEnabled
        )
    }

    private func put(_ fixture: StoreFixture, _ entry: WebhookEntry) async throws -> WebhookRecord {
        try await fixture.store.webhooks.putWebhook(entry, secret: .keep, fresh: Self.fresh).webhook
    }

    private func finish(_ fixture: StoreFixture, _ job: JobRecord) async throws {
        try await fixture.finish(job, try await fixture.claim(job), .cached)
    }

    private func progress(_ job: JobRecord, _ event: Int64) -> DeliveryProgress {
        var progress = DeliveryProgress()
        progress.cursors = [job.id: event]
        return progress
    }

    @Test func theSecretIsKeptMadeOrReplacedAsAskedFor() async throws {
        let fixture = try await StoreFixture()
        let webhooks = fixture.store.webhooks
        let entry = try entry(events: [.finished, .accepted], aggregates: ["b", "a"])
        let new = try await webhooks.putWebhook(entry, secret: .keep, fresh: Self.fresh)
        #expect(new.isNew)
        #expect(new.madeSecret == Self.fresh)
        let kept = try await webhooks.putWebhook(entry, secret: .keep, fresh: Self.other)
        #expect(!kept.isNew && kept.madeSecret == nil)
        #expect(try await webhooks.targets().map(\.secret) == [Self.fresh])
        let given = try await webhooks.putWebhook(entry, secret: .given(Self.other), fresh: Self.fresh)
        #expect(given.madeSecret == nil)
        #expect(try await webhooks.target(entry.name).secret == Self.other)
        let remade = try await webhooks.putWebhook(entry, secret: .fresh, fresh: Self.fresh)
        #expect(remade.madeSecret == Self.fresh)
        #expect(try await webhooks.webhook(entry.name)?.entry.events == [.accepted, .finished])
        #expect(try await webhooks.webhook(entry.name)?.entry.aggregates.map(\.text) == ["a", "b"])
    }

    @Test func whatWaitsFollowsFromEventsAndCursors() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let webhooks = fixture.store.webhooks
        let before = try await fixture.accept()
        let webhook = try await put(fixture, try entry())
        #expect(try await webhooks.openJobs(of: webhook.id) == [])
        let job = try await fixture.accept(images: 1)
        try await finish(fixture, job)
        try await finish(fixture, before)
        #expect(try await webhooks.openJobs(of: webhook.id) == [before.id, job.id])
        // accepted, started, two outcomes, finished; and of the older one, of two images, all but its acceptance.
        #expect(try await webhooks.webhook(webhook.entry.name)?.waiting == 5 + 6)
        let events = try await webhooks.events(of: job.id, after: 0, limit: 100)
        #expect(events.map(\.type) == [.accepted, .started, .outcome, .outcome, .finished])
        try await webhooks.write(progress(job, events[1].id), of: webhook.id)
        #expect(try await webhooks.cursor(of: webhook.id, in: job.id) == events[1].id)
        try await webhooks.write(progress(job, events[0].id), of: webhook.id)
        #expect(try await webhooks.cursor(of: webhook.id, in: job.id) == events[1].id, "never back")
        try await webhooks.write(progress(job, events[4].id), of: webhook.id)
        #expect(try await webhooks.openJobs(of: webhook.id) == [before.id])
        #expect(try await webhooks.webhook(webhook.entry.name)?.waiting == 6)
        #expect(try await webhooks.webhook(webhook.entry.name)?.oldestWaitingAt == fixture.clock.now)
    }

    @Test(
        arguments: [
            ([.accepted], 1), ([.started], 1), ([.outcome], 2), ([.finished], 1), ([.attempt], 0),
            ([.cancelRequested], 0), ([.accepted, .outcome], 3), ([], 5),
        ] as [([EventType], Int)]
    )
    func onlyWhatItWantsWaitsForIt(events: [EventType], count: Int) async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let webhook = try await put(fixture, try entry(events: events, aggregates: ["web"]))
        let other = try await put(fixture, try entry("other", aggregates: ["db"]))
        try await finish(fixture, try await fixture.accept(images: 1))
        #expect(try await fixture.store.webhooks.webhook(webhook.entry.name)?.waiting == count)
        #expect(try await fixture.store.webhooks.webhook(other.entry.name)?.waiting == 0)
        #expect(try await fixture.store.webhooks.openJobs(of: other.id) == [])
    }

    @Test func whatHappensWhileItIsOffIsNotForIt() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let webhooks = fixture.store.webhooks
        let webhook = try await put(fixture, try entry())
        let job = try await fixture.accept()
        _ = try await put(fixture, try entry(isEnabled: false))
        #expect(try await webhooks.targets().isEmpty)
        try await finish(fixture, job)
        _ = try await put(fixture, try entry())
        #expect(try await webhooks.openJobs(of: webhook.id) == [])
        let later = try await fixture.accept()
        #expect(try await webhooks.openJobs(of: webhook.id) == [later.id])
    }

    @Test func healthAndCountsAreKeptAndResumeClearsThem() async throws {
        let fixture = try await StoreFixture()
        let webhooks = fixture.store.webhooks
        let webhook = try await put(fixture, try entry())
        var progress = DeliveryProgress()
        progress.delivered = 3
        progress.dropped = 2
        progress.health = WebhookHealth(
            failingSince: fixture.clock.now,
            lastError: "e",
            pausedAt: fixture.clock.now,
            pausedReason: "r"
        )
        try await webhooks.write(progress, of: webhook.id)
        progress.health = nil
        try await webhooks.write(progress, of: webhook.id)
        let shown = try #require(try await webhooks.webhook(webhook.entry.name))
        #expect(shown.delivered == 6 && shown.dropped == 4)
        #expect(shown.state == "paused" && shown.health.pausedReason == "r")
        #expect(try await webhooks.targets().first?.health.pausedAt == fixture.clock.now)
        let resumed = try await webhooks.resumeWebhook(webhook.entry.name)
        #expect(resumed.state == "active" && resumed.health.lastError == "e")
        #expect(try await webhooks.webhook(webhook.entry.name) == resumed)
    }

    @Test func theSettingsOneIsTheirsAndGoesWithThem() async throws {
        let fixture = try await StoreFixture()
        let webhooks = fixture.store.webhooks
        let settings = try entry("settings")
        try await webhooks.applySettings(settings, secret: Self.other)
        let id = try await webhooks.targets().first?.id
        try await webhooks.applySettings(settings, secret: Self.other)
        #expect(try await webhooks.targets().map(\.id) == [id], "the same over restarts")
        #expect(try await webhooks.webhook(.settings)?.isFromSettings == true)
        let put = await #expect(throws: StoreError.self) {
            _ = try await webhooks.putWebhook(settings, secret: .keep, fresh: Self.fresh)
        }
        #expect(put?.code == .conflict)
        let delete = await #expect(throws: StoreError.self) { try await webhooks.deleteWebhook(.settings) }
        #expect(delete?.code == .conflict)
        try await webhooks.applySettings(nil, secret: nil)
        #expect(try await webhooks.webhook(.settings) == nil)
    }

    @Test func theSettingsOneIsNotOneOfThoseThatThereMayBe() async throws {
        let fixture = try await StoreFixture()
        let webhooks = fixture.store.webhooks
        try await webhooks.applySettings(try entry("settings"), secret: Self.other)
        for number in 0..<StoredWebhooks.limit { _ = try await put(fixture, try entry("w\(10 + number)")) }
        let full = await #expect(throws: StoreError.self) {
            _ = try await self.put(fixture, try self.entry("x"))
        }
        #expect(full?.code == .conflict)
        try await webhooks.applySettings(nil, secret: nil)
        try await webhooks.applySettings(try entry("settings"), secret: Self.other)
        #expect(try await webhooks.webhook(.settings)?.isFromSettings == true)
        #expect(try await webhooks.targets().count == StoredWebhooks.limit + 1, "all of them are sent to")
    }

    @Test func thereAreOnlySoManyAndTheyComeInPages() async throws {
        let fixture = try await StoreFixture()
        let webhooks = fixture.store.webhooks
        for number in 0..<StoredWebhooks.limit { _ = try await put(fixture, try entry("w\(10 + number)")) }
        let full = await #expect(throws: StoreError.self) {
            _ = try await self.put(fixture, try self.entry("x"))
        }
        #expect(full?.code == .conflict)
        let first = try await webhooks.webhooks(PageRequest(limit: 20))
        let second = try await webhooks.webhooks(PageRequest(limit: 20, after: first.next))
        #expect(
            first.items.count == 20 && second.items.count == StoredWebhooks.limit - 20 && second.next == nil
        )
        try await webhooks.deleteWebhook(try WebhookName("w10"))
        #expect(try await webhooks.webhook(try WebhookName("w10")) == nil)
        #expect(try await put(fixture, try entry("x")).id > 32, "a number is never used again")
    }

    @Test func aDeletedOneLeavesNothingAndGetsNoCursorAnyMore() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let webhook = try await put(fixture, try entry())
        let job = try await fixture.accept()
        try await fixture.store.webhooks.write(progress(job, 1), of: webhook.id)
        try await fixture.store.webhooks.deleteWebhook(webhook.entry.name)
        try await fixture.store.webhooks.write(progress(job, 2), of: webhook.id)
        let rows = try await fixture.store.engine.read {
            try $0.first("SELECT count(*) FROM webhook_cursor") { $0[0] as Int }
        }
        #expect(rows == 0)
    }

    @Test func jobsWithEventsThatWaitAreNotPrunedUntilTheirTimeIsOver() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let webhook = try await put(fixture, try entry())
        _ = try await put(fixture, try entry("db", aggregates: ["db"]))
        let (told, waits) = (try await fixture.accept(), try await fixture.accept())
        try await finish(fixture, told)
        try await finish(fixture, waits)
        let last = try #require(try await fixture.jobs.events(of: told.id, after: 0, limit: 100).last)
        try await fixture.store.webhooks.write(progress(told, last.id), of: webhook.id)
        let policy = RetentionPolicy(maximumCount: 0, deliveryTime: .seconds(3_600))
        #expect(try await fixture.jobs.prune(policy) == 1)
        #expect(try await fixture.jobs.job(told.id) == nil)
        #expect(try await fixture.store.webhooks.openJobs(of: webhook.id) == [waits.id])
        fixture.clock.advance(by: .seconds(3_601))
        #expect(try await fixture.jobs.prune(policy) == 1)
        #expect(try await fixture.store.webhooks.openJobs(of: webhook.id) == [])
        let rows = try await fixture.store.engine.read {
            try $0.first("SELECT count(*) FROM webhook_cursor") { $0[0] as Int }
        }
        #expect(rows == 0)
    }

    @Test func changesOfJobsAreHeard() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let webhooks = fixture.store.webhooks
        let early = try await fixture.accept()
        var bells = webhooks.jobChanges().makeAsyncIterator()
        #expect(webhooks.takeChangedJobs() == [])
        let job = try await fixture.accept()
        await bells.next()
        #expect(webhooks.takeChangedJobs() == [job.id])
        try await finish(fixture, early)
        _ = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
        await bells.next()
        #expect(webhooks.takeChangedJobs() == [early.id, job.id])
    }

    @Test func theAggregateOfAJobHasTheJobsHosts() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        let known = try #require(try await fixture.store.inventory.aggregate(AggregateKey("web")))
        let aggregate = try #require(try await fixture.store.webhooks.aggregate(of: job.id, withHosts: true))
        #expect(aggregate.uuid == known.uuid && aggregate.id == known.id)
        #expect(aggregate.hosts == known.hosts)
        try await fixture.store.inventory.deleteAggregate(AggregateKey("web"), onlyIfEmpty: false)
        let gone = try #require(try await fixture.store.webhooks.aggregate(of: job.id, withHosts: true))
        #expect(gone.uuid == nil && gone.name.text == "web" && gone.hosts == known.hosts)
        #expect(try await fixture.store.webhooks.aggregate(of: .make(), withHosts: false) == nil)
    }
}
