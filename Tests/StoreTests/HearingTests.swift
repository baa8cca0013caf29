import PrecacheModel
import Testing

@testable import Store

/// What a controller knows of jobs and webhooks that are another's.
///
/// Where one process alone may have the database open, the second has fenced the first, which only listens.
@Suite(.timeLimit(.minutes(10)))
struct HearingTests {
    private static let fresh = WebhookSecret(key: [UInt8](repeating: 9, count: 32))

    private func second(_ fixture: StoreFixture) async throws -> ServiceStore {
        try await ServiceStore(
            fixture.store.engine,
            as: ControllerIdentity(name: "other", version: "0"),
            clock: { fixture.clock.now }
        )
    }

    private func accept(_ other: ServiceStore, _ fixture: StoreFixture) async throws -> JobRecord {
        try await other.jobs.createJob(try fixture.newJob(), claim: nil).job
    }

    private func end(_ job: JobRecord, _ other: ServiceStore, _ fixture: StoreFixture) async throws {
        let claimed = try await other.jobs.claim([ClaimRequest(job: job.id, limit: 9)], at: fixture.time)[0]
        let reports = claimed.hosts.map { host in
            HostReport(
                job: job.id,
                host: host.ordinal,
                attempt: host.attempt,
                images: host.images.map { ImageReport(image: $0, ImageOutcome(.cached, bytesDone: 10)) },
                next: .done
            )
        }
        _ = try await other.jobs.record(reports, at: fixture.time)
    }

    @Test func aJobOfAnotherIsFollowedToItsEndAndItsBellsRing() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let other = try await second(fixture)
        let changed = fixture.store.webhooks.jobChanges()
        let job = try await accept(other, fixture)
        #expect(fixture.jobs.cachedJob(job.id) == nil)
        try await fixture.jobs.look()
        #expect(fixture.jobs.cachedJob(job.id) == other.jobs.cachedJob(job.id))
        var bells = fixture.jobs.changes(of: job.id).makeAsyncIterator()
        try await end(job, other, fixture)
        let key = try #require(other.jobs.board.row(job.id)?.key)
        try await fixture.jobs.hear([key])
        #expect(await bells.next() != nil)
        #expect(fixture.jobs.cachedJob(job.id)?.state == .succeeded)
        #expect(fixture.jobs.cachedJob(job.id) == other.jobs.cachedJob(job.id))
        var rings = changed.makeAsyncIterator()
        #expect(await rings.next() != nil)
        #expect(fixture.store.webhooks.takeChangedJobs() == [job.id])
    }

    @Test func theEndIsToldByWhoWroteIt() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let other = try await second(fixture)
        let job = try await accept(other, fixture)
        try await end(job, other, fixture)
        try await fixture.jobs.look()
        let mark = JobNews.peerFaults(7)
        fixture.jobs.board.tell(mark)
        other.jobs.board.tell(mark)
        var (heard, told) = ([JobNews](), [JobNews]())
        for await one in fixture.jobs.news {
            heard.append(one)
            if case .peerFaults = one { break }
        }
        for await one in other.jobs.news {
            told.append(one)
            if case .peerFaults = one { break }
        }
        #expect(heard.count == 1 && told.count == 2)
    }

    @Test func whatIsReadBeforeItIsWrittenDoesNotTakeTheTellingAway() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        try await fixture.finish(job, try await fixture.claim(job), .cached)
        let row = try #require(fixture.jobs.board.row(job.id))
        let board = JobBoard()
        board.hear(row, inPlaceOf: nil)
        board.publish(row)
        board.publish(row)
        board.tell(.peerFaults(7))
        var told = 0
        for await one in board.news {
            if case .peerFaults = one { break }
            told += 1
        }
        #expect(told == 1)
    }

    @Test func whatIsOlderComesTooLateUnlessTheDatabaseWentBack() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        let old = try #require(fixture.jobs.board.row(job.id))
        try await fixture.finish(job, try await fixture.claim(job), .cached)
        let new = try #require(fixture.jobs.board.row(job.id))
        #expect(new.record.revision > old.record.revision)
        let board = JobBoard()
        board.publish(new)
        board.hear(old, inPlaceOf: .init(id: job.id, revision: old.record.revision))
        board.hear(old, inPlaceOf: nil)
        board.publish(old)
        #expect(board.revision(job.id) == new.record.revision)
        board.hear(old, inPlaceOf: .init(id: job.id, revision: new.record.revision))
        #expect(board.revision(job.id) == old.record.revision && board.live().count == 1)
    }

    @Test func aJobThatBeganAndEndedBetweenTwoLooksIsHeardOf() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let other = try await second(fixture)
        for _ in 0..<2 {
            let job = try await accept(other, fixture)
            try await end(job, other, fixture)
            try await fixture.jobs.look()
            #expect(fixture.jobs.cachedJob(job.id)?.state == .succeeded)
        }
    }

    @Test func aJobThatAnotherPrunedIsForgotten() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let other = try await second(fixture)
        let job = try await accept(other, fixture)
        try await end(job, other, fixture)
        try await fixture.jobs.look()
        let bells = fixture.jobs.changes(of: job.id)
        fixture.clock.advance(by: .seconds(86_400))
        #expect(try await other.jobs.prune(RetentionPolicy(maximumAge: .seconds(60))) == 1)
        try await fixture.jobs.look()
        #expect(fixture.jobs.cachedJob(job.id) == nil)
        for await _ in bells {}
    }

    @Test func aRevisionThatSomebodyHasSeenElsewhereIsRead() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        guard fixture.store.engine.isShared else { return }
        let other = try await second(fixture)
        let job = try await accept(other, fixture)
        try await fixture.jobs.look()
        let asked = try await other.jobs.cancelJob(job.id, requestedBy: nil)
        #expect(try await fixture.jobs.job(job.id, since: job.revision)?.state == .queued)
        #expect(try await fixture.jobs.job(job.id, since: asked.revision)?.state == .cancelled)
        #expect(fixture.jobs.cachedRevision(of: job.id) == asked.revision)
    }

    @Test func cancellingAnothersJobWakesItsOwner() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        guard fixture.store.engine.isShared else { return }
        let other = try await second(fixture)
        let job = try await fixture.accept()
        var work = fixture.jobs.work().makeAsyncIterator()
        _ = try await other.jobs.cancelJob(job.id, requestedBy: nil)
        try await fixture.jobs.look()
        #expect(await work.next() != nil)
        #expect(fixture.jobs.cachedJob(job.id)?.state == .cancelled)
    }

    @Test func bytesOfRunningDownloadsAreToldAndCountedOnce() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let other = try await second(fixture)
        let job = try await accept(other, fixture)
        try await other.jobs.writeLive([job.id: 500], hasEnded: false)
        try await fixture.jobs.writeLive([job.id: 900], hasEnded: false)
        try await fixture.jobs.look()
        try await other.jobs.look()
        #expect(fixture.jobs.othersBytes(of: job.id) == 500 && other.jobs.othersBytes(of: job.id) == 0)
        let claimed = try await other.jobs.claim([ClaimRequest(job: job.id, limit: 1)], at: fixture.time)[0]
            .hosts
        let done = claimed.map { host in
            let images = [ImageReport(image: 0, ImageOutcome(.cached, bytesDone: 200))]
            return HostReport(
                job: job.id,
                host: host.ordinal,
                attempt: host.attempt,
                images: images,
                next: .goesOn
            )
        }
        _ = try await other.jobs.record(done, at: fixture.time)
        // The row has 200 of them now, and the owner has written nothing since.
        try await fixture.jobs.look()
        #expect(
            fixture.jobs.cachedJob(job.id)?.bytesDone == 200 && fixture.jobs.othersBytes(of: job.id) == 300
        )
        _ = try await other.jobs.finish(job.id, .cancelled, at: fixture.time)
        let left = try await other.jobs.claim([ClaimRequest(job: job.id, limit: 1)], at: fixture.time)[0]
            .hosts
        #expect(left.isEmpty)
        let rest = claimed.map { host in
            let images = [ImageReport(image: 1, ImageOutcome(.cached, bytesDone: 200))]
            return HostReport(
                job: job.id,
                host: host.ordinal,
                attempt: host.attempt,
                images: images,
                next: .done
            )
        }
        #expect(try await other.jobs.record(rest, at: fixture.time).endedJobs == [job.id])
        try await other.jobs.writeLive([:], hasEnded: true)
        let rows = try await fixture.store.engine.read {
            try $0.first("SELECT count(*) FROM job_live") { $0[0] as Int }
        }
        #expect(rows == 0)
    }

    @Test func aWebhookIsDeliveredByOneWhoHearsOfAllThatIsDoneToIt() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let own = fixture.store.webhooks
        let entry = WebhookEntry(name: try WebhookName("ci"), url: "https://x/")
        let made = try await own.putWebhook(entry, secret: .keep, fresh: Self.fresh).webhook
        let other = try await second(fixture)
        #expect(try await own.targets().map(\.id) == [made.id])
        #expect(try await other.webhooks.targets().isEmpty)
        var changed = entry
        changed.url = "https://y/"
        _ = try await other.webhooks.putWebhook(changed, secret: .keep, fresh: Self.fresh)
        _ = try await other.webhooks.resumeWebhook(entry.name)
        #expect(try await own.targets().map(\.entry.url) == ["https://y/"])
        #expect(try await own.targets().map(\.resumes) == [1])

        var progress = DeliveryProgress()
        progress.delivered = 1
        try await other.webhooks.write(progress, of: made.id)
        try await own.write(progress, of: made.id)
        #expect(try await own.webhook(entry.name)?.delivered == 1)
        if fixture.store.engine.isShared {
            try await other.webhooks.adopt()
            #expect(try await other.webhooks.targets().isEmpty)
            #expect(try await other.controllers.beat()?.hasOrphans == false)
            try await fixture.store.controllers.leave()
        }
        #expect(try await other.controllers.beat()?.hasOrphans == true)
        try await other.webhooks.adopt()
        #expect(try await other.webhooks.targets().map(\.owner) == [other.controllers.number])
        #expect(try await own.targets().isEmpty)
        try await own.write(progress, of: made.id)
        #expect(try await own.webhook(entry.name)?.delivered == 1)
    }

    @Test func settingsThatDifferAreToldWhereOthersLive() async throws {
        let fixture = try await StoreFixture()
        let entry = WebhookEntry(name: .settings, url: "https://x/")
        let isAlone = try await fixture.store.webhooks.applySettings(entry, secret: Self.fresh)
        let other = try await second(fixture)
        let isSame = try await other.webhooks.applySettings(entry, secret: Self.fresh)
        let isNone = try await other.webhooks.applySettings(nil, secret: nil)
        #expect(!isAlone && !isSame && isNone == fixture.store.engine.isShared)
        #expect(try await fixture.store.webhooks.webhook(.settings) == nil)
    }
}
