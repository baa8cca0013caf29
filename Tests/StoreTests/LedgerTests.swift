import PrecacheModel
import Store
import Testing

/// The rows as the dispatcher's queue.
@Suite(.timeLimit(.minutes(10)))
struct LedgerTests {
    @Test func claimsByDueTimeAndPlaceUpToTheLimit() async throws {
        let fixture = try await StoreFixture(hosts: 5)
        let job = try await fixture.accept()
        let first = try await fixture.claim(job, limit: 2)
        #expect(first.map(\.ordinal) == [0, 1])
        #expect(first.allSatisfy { $0.attempt == 1 && $0.images == [0, 1] && $0.address == "10.0.0.1" })
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.state == .running)
        #expect(record.startedAt == fixture.clock.now)
        #expect(record.results[.running] == 4)
        #expect(record.results[.pending] == 6)
        let answers = try await fixture.jobs.claim([ClaimRequest(job: job.id, limit: 9)], at: fixture.time)
        #expect(answers.first?.hosts.map(\.ordinal) == [2, 3, 4])
        #expect(answers.first?.nextDue == nil)
        let results = try await fixture.results(job)
        #expect(results.allSatisfy { $0.outcome == .running && $0.attempts == 1 })
    }

    /// More reports in one call than are held in memory at a time, and one host's in two slices of them.
    @Test func manyReportsInOneCallCountInTheirOrder() async throws {
        let fixture = try await StoreFixture(hosts: 600)
        let job = try await fixture.accept()
        #expect(try await fixture.claim(job, limit: 600).count == 600)
        func report(_ host: Int, _ images: [Int], _ next: HostReport.Next) -> HostReport {
            let reports = images.map { ImageReport(image: $0, ImageOutcome(.cached, bytesDone: 1_000)) }
            return HostReport(job: job.id, host: host, attempt: 1, images: reports, next: next)
        }
        let reports =
            [report(0, [0], .goesOn)] + (1..<600).map { report($0, [0, 1], .done) } + [report(0, [1], .done)]
        let change = try await fixture.jobs.record(reports, at: fixture.time)
        #expect(change.endedJobs == [job.id] && change.staleReports == 0)
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.state == .succeeded && record.results[.cached] == 1_200 && record.hostsDone == 600)
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 2_000)
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.id < $1.id })
        #expect(try await fixture.results(job).allSatisfy { $0.outcome == .cached })
    }

    @Test func aRetryWaitsForItsTimeAndIsANewAttempt() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        let host = try #require(try await fixture.claim(job).first)
        let due = fixture.clock.now + .seconds(5)
        let change = try await fixture.jobs.record(
            [
                HostReport(
                    job: job.id,
                    host: 0,
                    attempt: host.attempt,
                    images: [
                        ImageReport(image: 0, ImageOutcome(.cached, bytesDone: 1_000)),
                        ImageReport(image: 1, ImageOutcome(.pending, reason: .sourceError, detail: "502")),
                    ],
                    next: .retry(at: due)
                )
            ],
            at: fixture.time
        )
        #expect(change == LedgerChange())
        let results = try await fixture.results(job)
        #expect(results.map(\.outcome) == [.cached, .pending])
        #expect(results.last?.reason == .sourceError)
        #expect(results.last?.detail == "502")
        let early = try await fixture.jobs.claim([ClaimRequest(job: job.id, limit: 1)], at: fixture.time)
        #expect(early == [ClaimAnswer(job: job.id, hosts: [], nextDue: due)])
        fixture.clock.advance(by: .seconds(5))
        let again = try await fixture.claim(job)
        #expect(again.map(\.attempt) == [2])
        #expect(again.map(\.images) == [[1]])
    }

    @Test func countsOfBytesThatOverflowAreBoundedAndStopNothing() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job, limit: 2)
        for host in 0..<2 {
            let lies = (0..<2).map {
                ImageReport(
                    image: $0,
                    ImageOutcome(.cached, bytesDone: .max, bytesTotal: host == 0 ? .max : .min)
                )
            }
            let report = HostReport(job: job.id, host: host, attempt: 1, images: lies, next: .done)
            _ = try await fixture.jobs.record([report], at: fixture.time)
        }
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.state == .succeeded)
        #expect(record.bytesDone == ByteProgress.limit)
    }

    @Test func aJobOfImmenseImagesIsAccepted() async throws {
        let fixture = try await StoreFixture(hosts: 1_100)
        let job = try await fixture.accept(images: 1, sizeBytes: ByteProgress.limit)
        #expect(job.bytesTotal == ByteProgress.limit)
    }

    @Test func anEndAfterTheLastOutcomeIsNotStale() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept(images: 1)
        _ = try await fixture.claim(job, limit: 2)
        func report(_ images: [ImageReport], _ next: HostReport.Next) -> HostReport {
            HostReport(job: job.id, host: 0, attempt: 1, images: images, next: next)
        }
        let cached = ImageReport(image: 0, ImageOutcome(.cached))
        _ = try await fixture.jobs.record([report([cached], .goesOn)], at: fixture.time)
        let end = try await fixture.jobs.record([report([], .done)], at: fixture.time)
        #expect(end.staleReports == 0)
    }

    @Test(arguments: [BulkFinish.cancelled, .deadlineExceeded])
    func namesHostsWhereATaskOfAProcessThatIsGoneMayGoOn(_ finish: BulkFinish) async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job, limit: 1)
        _ = try await fixture.restart(latestDue: fixture.clock.now + .seconds(60))
        let change = try await fixture.jobs.finish(job.id, finish, at: fixture.time)
        #expect(change.endedJobs == [job.id])
        #expect(change.leftAtWork.map(\.ordinal) == [0])
        #expect(change.leftAtWork.first?.address == "10.0.0.1")
        #expect(change.leftAtWork.first?.attempt == 1)
    }

    @Test func cancellingLeavesHostsWithATaskToTheDispatcher() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job, limit: 1)
        _ = try await fixture.restart(latestDue: fixture.clock.now + .seconds(60))
        let asked = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
        #expect(!asked.state.isFinal)
        #expect(asked.results[.cancelled] == 4)
        let change = try await fixture.jobs.finish(job.id, .cancelled, at: fixture.time)
        #expect(change.leftAtWork.map(\.ordinal) == [0])
        #expect(fixture.jobs.cachedJob(job.id)?.state == .cancelled)
    }

    @Test func staleReportsChangeNothing() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        let hosts = try await fixture.claim(job, limit: 1)
        try await fixture.finish(job, hosts, .cached)
        let before = try await fixture.results(job)
        let image = ImageReport(image: 0, ImageOutcome(.error, reason: .ioError))
        let reports = [
            HostReport(job: job.id, host: 0, attempt: 1, images: [image], next: .done),  // done already
            HostReport(job: job.id, host: 1, attempt: 1, images: [image], next: .done),  // not claimed
            HostReport(job: job.id, host: 7, attempt: 1, images: [image], next: .done),  // no such host
            HostReport(job: .make(), host: 0, attempt: 1, images: [image], next: .done),  // no such job
        ]
        #expect(try await fixture.jobs.record(reports, at: fixture.time).staleReports == 4)
        let second = try await fixture.claim(job)
        let wrong = HostReport(job: job.id, host: 1, attempt: 2, images: [image], next: .done)
        #expect(second.map(\.attempt) == [1])
        #expect(try await fixture.jobs.record([wrong], at: fixture.time).staleReports == 1)
        #expect(try await fixture.results(job).prefix(2) == before.prefix(2))
        try await CounterCheck.holds(fixture, job)
    }

    @Test func anOutcomeIsFinal() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job)
        let first = ImageReport(image: 0, ImageOutcome(.cached))
        let second = ImageReport(image: 0, ImageOutcome(.error, reason: .ioError))
        for image in [first, second] {
            let report = HostReport(job: job.id, host: 0, attempt: 1, images: [image], next: .goesOn)
            _ = try await fixture.jobs.record([report], at: fixture.time)
        }
        #expect(try await fixture.results(job).map(\.outcome) == [.cached, .running])
        try await CounterCheck.holds(fixture, job)
    }

    @Test func aJobEndsWithItsLastHost() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept()
        let hosts = try await fixture.claim(job)
        try await fixture.finish(job, [hosts[0]], .cached)
        fixture.clock.advance(by: .seconds(3))
        let change = try await fixture.jobs.record(
            [
                HostReport(
                    job: job.id,
                    host: 1,
                    attempt: 1,
                    images: (0..<2).map { ImageReport(image: $0, ImageOutcome(.error, reason: .noSpace)) },
                    next: .done
                )
            ],
            at: fixture.time
        )
        #expect(change.endedJobs == [job.id])
        let record = try #require(try await fixture.jobs.job(job.id))
        #expect(record.state == .partial)
        #expect(record.hostsDone == 2)
        #expect(record.finishedAt == fixture.clock.now)
        #expect(record.bytesDone == 20)
        #expect(try await fixture.jobs.openJobs().isEmpty)
        #expect(try await fixture.claim(job).isEmpty)
    }

    @Test func aHostThatIsDoneLeavesNoImageWithoutOutcome() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept()
        _ = try await fixture.claim(job)
        let report = HostReport(job: job.id, host: 0, attempt: 1, images: [], next: .done)
        #expect(try await fixture.jobs.record([report], at: fixture.time).endedJobs == [job.id])
        #expect(try await fixture.results(job).map(\.reason) == [.internal, .internal])
    }
}
