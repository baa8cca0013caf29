import PrecacheModel
import Store
import Testing

/// A job's events, its bells, its cancelling and its retrying.
@Suite(.timeLimit(.minutes(10)))
struct HistoryTests {
    @Test func tellsEachStepOnceInOrder() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept(images: 1)
        let hosts = try await fixture.claim(job)
        try await fixture.finish(job, [hosts[0]], .error, reason: .ioError)
        let due = fixture.clock.now + .seconds(4)
        let pending = ImageReport(image: 0, ImageOutcome(.pending, reason: .agentTimeout, detail: "60 s"))
        let retry = HostReport(job: job.id, host: 1, attempt: 1, images: [pending], next: .retry(at: due))
        _ = try await fixture.jobs.record([retry], at: fixture.time)
        fixture.clock.advance(by: .seconds(5))
        try await fixture.finish(job, try await fixture.claim(job), .cached)
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 100)
        let image = try ImageID("image-0")
        #expect(
            events.map(\.kind) == [
                .state(.queued), .state(.running),
                .outcome(
                    host: hosts[0].name,
                    image: image,
                    ImageOutcome(.error, reason: .ioError, bytesDone: 10, bytesTotal: 1000),
                    attempts: 1
                ),
                .retrying(
                    host: hosts[1].name,
                    attempt: 1,
                    reason: .agentTimeout,
                    detail: "60 s",
                    notBefore: due
                ),
                .outcome(
                    host: hosts[1].name,
                    image: image,
                    ImageOutcome(.cached, bytesDone: 10, bytesTotal: 1000),
                    attempts: 2
                ),
                .state(.partial),
            ]
        )
        #expect(events.map(\.id) == events.map(\.id).sorted())
        #expect(events.dropLast().allSatisfy { $0.totals == nil })
        #expect(events.last?.totals?.reasons == [.ioError: 1] && events.last?.totals?.results[.cached] == 1)
        let rest = try await fixture.jobs.events(of: job.id, after: events[2].id, limit: 2)
        #expect(rest == Array(events[3..<5]))
    }

    @Test func idsRiseOverAllJobs() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let first = try await fixture.accept()
        let second = try await fixture.accept()
        _ = try await fixture.claim(first)
        let ids = try await [first, second].asyncMap { job in
            try await fixture.jobs.events(of: job.id, after: 0, limit: 9).map(\.id)
        }
        #expect(ids == [[1, 3], [2]])
    }

    @Test func ringsOnceForChangesSinceLastHeard() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        var changes = fixture.jobs.changes(of: job.id).makeAsyncIterator()
        let hosts = try await fixture.claim(job, limit: 1)
        try await fixture.finish(job, hosts, .cached)
        await changes.next()
        #expect(fixture.jobs.cachedJob(job.id)?.hostsDone == 1)
        async let next: Void? = changes.next()
        _ = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
        #expect(await next != nil)
    }

    @Test func cancellingEndsWhatWaitsAtOnce() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        let claimed = try await fixture.claim(job, limit: 1)
        let record = try await fixture.jobs.cancelJob(job.id, requestedBy: "alice")
        #expect(record.isCancelRequested)
        #expect(record.state == .running)
        #expect(record.results[.cancelled] == 4)
        #expect(try await fixture.jobs.cancelJob(job.id, requestedBy: "bob") == record)
        #expect(try await fixture.jobs.openJobs().map(\.isCancelRequested) == [true])
        try await fixture.finish(job, claimed, .cached)
        #expect(try await fixture.jobs.job(job.id)?.state == .cancelled)
        try await CounterCheck.holds(fixture, job)
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 100)
        #expect(events.filter { $0.kind == .cancelRequested(by: "alice") }.count == 1)
    }

    @Test func cancellingAQueuedJobEndsItAndAnEndedOneIsRefused() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let queued = try await fixture.accept()
        #expect(try await fixture.jobs.cancelJob(queued.id, requestedBy: nil).state == .cancelled)
        let ended = try await fixture.accept()
        try await fixture.finish(ended, try await fixture.claim(ended), .cached)
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.cancelJob(ended.id, requestedBy: nil)
        }
        #expect(error?.code == .conflict)
        #expect(error?.message == "job '\(ended.id)' has ended already: it is succeeded")
    }

    @Test func aRetryTakesWhatDidNotEndWell() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept(images: 3)
        let hosts = try await fixture.claim(job)
        let early = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: nil, claim: nil)
        }
        #expect(early?.code == .conflict)
        try await fixture.finish(job, [hosts[0]], .cached)
        try await fixture.finish(job, [hosts[1]], .skipped, reason: .hostDown)
        let mixed: [ImageReport] = [
            ImageReport(image: 0, ImageOutcome(.existing)),
            ImageReport(image: 1, ImageOutcome(.error, reason: .ioError)),
            ImageReport(image: 2, ImageOutcome(.unsupported)),
        ]
        let report = HostReport(job: job.id, host: 2, attempt: 1, images: mixed, next: .done)
        _ = try await fixture.jobs.record([report], at: fixture.time)
        // Deleted and added again: another number, the same host.
        try await fixture.store.inventory.deleteHost(hosts[1].name)
        _ = try await fixture.store.inventory.putHost(HostEntry(name: hosts[1].name, address: "10.9.9.9"))
        let claim = IdempotencyClaim(key: "k", fingerprint: "f")
        let retry = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: "alice", claim: claim)
        #expect(retry.job.retryOf == job.id)
        #expect(retry.job.hostsTotal == 2)
        #expect(retry.job.results[.pending] == 4)
        #expect(retry.job.limits == job.limits && retry.job.limits.keep == .seconds(86_400))
        let results = try await fixture.results(retry.job)
        #expect(
            results.map { "\($0.hostOrdinal) \($0.imageID)" } == [
                "0 image-0", "0 image-1", "0 image-2", "1 image-1",
            ]
        )
        let claimed = try await fixture.claim(retry.job)
        #expect(claimed.map(\.images) == [[0, 1, 2], [1]])
        #expect(claimed.map(\.address) == ["10.9.9.9", "10.0.0.1"])
        let replayed = try await fixture.jobs.retryJob(
            job.id,
            as: .make(),
            requestedBy: "alice",
            claim: claim
        )
        #expect(replayed.isReplay && replayed.job.id == retry.job.id)
        try await CounterCheck.holds(fixture, retry.job)
        #expect(
            retry.job.note == "\(hosts[1].name) is no longer in the aggregate 'web'",
            "its membership went with it"
        )
    }

    @Test func aRetrySaysWhichHostsHaveLeftTheAggregate() async throws {
        let fixture = try await StoreFixture(hosts: 6)
        let job = try await fixture.accept()
        try await fixture.finish(job, try await fixture.claim(job), .error, reason: .noSpace)
        let retried = { () async throws -> JobRecord in
            let retry = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: nil, claim: nil).job
            _ = try await fixture.jobs.cancelJob(retry.id, requestedBy: nil)
            return retry
        }
        #expect(try await retried().note == nil)
        for number in 1..<6 {
            try await fixture.store.inventory.deleteHost(try HostName(StoreFixture.name(number)))
        }
        let retry = try await retried()
        #expect(
            retry.note
                == "host-00001, host-00002, host-00003 and 2 more are no longer in the aggregate 'web'"
        )
        #expect(retry.hostsTotal == 6)
    }

    @Test func aRetryTakesImagesAsTheyAreKnownNow() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        var mended = try StoreFixture.image(0, sizeBytes: 7)
        _ = try await fixture.store.inventory.putImage(mended)
        let job = try await fixture.accept(images: 2)
        try await fixture.finish(job, try await fixture.claim(job), .error, reason: .sourceError)
        mended = ImageReference(
            id: mended.id,
            name: nil,
            url: "http://elsewhere.example/0",
            sizeBytes: 7,
            digest: mended.digest,
            diskFormat: .raw,
            allowsUnverified: false
        )
        _ = try await fixture.store.inventory.putImage(mended)
        let retry = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: nil, claim: nil).job
        let gone = try ImageID("image-1")
        let waiting = try await fixture.jobs.jobsToResolve()
        #expect(
            waiting.map(\.id) == [retry.id] && waiting.first?.images == [gone],
            "it isn't in the catalogue"
        )
        #expect(waiting.first?.unverified == [])
        try await fixture.jobs.resolve(retry.id, [gone: .absent(.imageNotFound, detail: "withdrawn")])
        let withdrawn = try await fixture.results(retry, ResultFilter(image: gone))
        #expect(withdrawn.map(\.reason) == [.imageNotFound])
        let open = try await fixture.jobs.openJobs()
        #expect(open.first?.images.first == mended)
        try await CounterCheck.holds(fixture, retry)
    }

    @Test func aRetryKeepsItsJobsLeaveToGoWithoutADigestButNotTheCatalogues() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let (own, listed) = (try ImageID("own"), try ImageID("listed"))
        func bare(_ id: ImageID, _ origin: ImageOrigin) -> ImageReference {
            ImageReference(
                id: id,
                name: nil,
                url: "http://images.example/x",
                sizeBytes: nil,
                digest: nil,
                diskFormat: .raw,
                allowsUnverified: true,
                origin: origin
            )
        }
        var new = try fixture.newJob(images: 0)
        new.images = [bare(own, .imageService), bare(listed, .catalogue)]
        let job = try await fixture.jobs.createJob(new, claim: nil).job
        try await fixture.finish(job, try await fixture.claim(job), .error, reason: .sourceError)
        _ = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: nil, claim: nil)
        #expect(try await fixture.jobs.jobsToResolve().first?.unverified == [own])
    }

    @Test func aRetryOfWhatEndedWellSucceedsAtOnce() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        try await fixture.finish(job, try await fixture.claim(job), .existing)
        let retry = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: nil, claim: nil).job
        #expect(retry.state == .succeeded)
        #expect(retry.note == "everything had ended well: there was nothing to do again")
    }

    @Test func listsJobsNewestFirst() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        var ids: [JobID] = []
        for number in 0..<5 {
            let job = try await fixture.accept()
            if number < 2 { try await fixture.finish(job, try await fixture.claim(job), .cached) }
            ids.insert(job.id, at: 0)
        }
        let first = try await fixture.jobs.jobs(JobFilter(), PageRequest(limit: 3))
        let second = try await fixture.jobs.jobs(JobFilter(), PageRequest(limit: 3, after: first.next))
        #expect((first.items + second.items).map(\.id) == ids)
        #expect(second.next == nil)
        let ended = try await fixture.jobs.jobs(JobFilter(states: [.succeeded, .failed]), PageRequest())
        #expect(ended.items.map(\.id) == Array(ids.suffix(2)))
        let web = JobFilter(states: [.queued], aggregate: try AggregateName("web"))
        #expect(try await fixture.jobs.jobs(web, PageRequest()).items.count == 3)
        let begun = JobFilter(aggregate: try AggregateName("web"), idPrefix: String(ids[2].text.prefix(12)))
        #expect(try await fixture.jobs.jobs(begun, PageRequest()).items.map(\.id) == [ids[2]])
        let whole = JobFilter(idPrefix: ids[1].text)
        #expect(try await fixture.jobs.jobs(whole, PageRequest()).items.map(\.id) == [ids[1]])
        let other = JobFilter(aggregate: try AggregateName("db"))
        #expect(try await fixture.jobs.jobs(other, PageRequest()).items.isEmpty)
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
