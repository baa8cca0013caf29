import PrecacheModel
import Store
import Testing

/// Pages of results, each row once, whatever the filter.
@Suite(.timeLimit(.minutes(10)))
struct ResultPagingTests {
    let fixture: StoreFixture
    let job: JobRecord

    /// 40 hosts: the first ten waiting, ten running, ten cached, then six in error and four skipped.
    init() async throws {
        fixture = try await StoreFixture(hosts: 40)
        job = try await fixture.accept(images: 3)
        let claimed = try await fixture.claim(job, limit: 40)
        try await fixture.finish(job, Array(claimed[20..<30]), .cached)
        try await fixture.finish(job, Array(claimed[30..<36]), .error, reason: .checksumMismatch)
        try await fixture.finish(job, Array(claimed[36..<40]), .skipped, reason: .hostDown)
        let released = claimed[0..<10].map {
            HostReport(job: job.id, host: $0.ordinal, attempt: 1, images: [], next: .released)
        }
        _ = try await fixture.jobs.record(released, at: fixture.time)
    }

    @Test(arguments: [
        ([Outcome](), 0..<40), ([.pending], 0..<10), ([.running], 10..<20), ([.cached], 20..<30),
        ([.error], 30..<36), ([.error, .skipped, .cancelled], 30..<40), ([.pending, .error], nil),
        ([.existing], 0..<0), ([.cached, .running], 10..<30),
    ])
    func eachRowOnceInOrder(outcomes: [Outcome], hosts: Range<Int>?) async throws {
        let found = try await fixture.results(job, ResultFilter(outcomes: Set(outcomes)), limit: 4)
        let expected = hosts.map(Array.init) ?? Array(0..<10) + Array(30..<36)
        #expect(
            found.map { [$0.hostOrdinal, $0.imageOrdinal] }
                == expected.flatMap { [[$0, 0], [$0, 1], [$0, 2]] }
        )
        if !outcomes.isEmpty { #expect(found.allSatisfy { outcomes.contains($0.outcome) }) }
    }

    @Test func filtersByHostAndImage() async throws {
        let host = try HostName(StoreFixture.name(31))
        let image = try ImageID("image-1")
        let one = try await fixture.results(job, ResultFilter(host: host, image: image, outcomes: [.error]))
        #expect(one.map(\.hostOrdinal) == [31])
        #expect(one.first?.reason == .checksumMismatch)
        #expect(try await fixture.results(job, ResultFilter(image: image)).count == 40)
        #expect(try await fixture.results(job, ResultFilter(host: try HostName("stranger"))).isEmpty)
        #expect(try await fixture.results(job, ResultFilter(image: try ImageID("stranger"))).isEmpty)
    }

    @Test func refusesCursorsOfOtherListsAndUnknownJobs() async throws {
        for cursor in [PageCursor(kind: "jobs", key: ["1"]), PageCursor(kind: "results", key: ["a", "b"])] {
            let error = await #expect(throws: StoreError.self) {
                _ = try await fixture.jobs.results(of: job.id, ResultFilter(), PageRequest(after: cursor))
            }
            #expect(error?.code == .badCursor)
        }
        let stranger = JobID.make()
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.jobs.results(of: stranger, ResultFilter(), PageRequest())
        }
        #expect(error == StoreError.notFound("job", stranger.text))
    }

    @Test(
        .onSQLite,
        arguments: [
            "SELECT ordinal FROM job_host WHERE job_id = 1 AND state = 0 AND next_attempt_at <= 5 "
                + "ORDER BY next_attempt_at, ordinal LIMIT 9",
            "SELECT host, image FROM job_result r WHERE r.job_id = 1 AND (r.host, r.image) > (5, 1) AND r.outcome = 4 "
                + "ORDER BY r.host, r.image LIMIT 9",
            "SELECT host, image FROM job_result r WHERE r.job_id = 1 AND (r.host, r.image) > (5, 1) "
                + "ORDER BY r.host, r.image LIMIT 9",
            "SELECT id FROM job_event WHERE job_id = 1 AND id > 5 ORDER BY id LIMIT 9",
            "SELECT id FROM job WHERE id < 9 AND state IN (1) ORDER BY id DESC LIMIT 9",
            "SELECT id FROM job WHERE id < 9 AND aggregate = 'a' ORDER BY id DESC LIMIT 9",
        ]
    )
    func findsRowsAlongAnIndexInOrder(sql: String) async throws {
        let plan = try await fixture.store.engine.read { database in
            try database.all("EXPLAIN QUERY PLAN " + sql) { $0[3] as String }
        }
        #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
    }

    @Test func theNewestResultsOfAHostAreThoseOfTheNewestJobs() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let older = try await fixture.accept(images: 2)
        try await fixture.finish(older, try await fixture.claim(older), .error, reason: .noSpace)
        let newer = try await fixture.accept(images: 1)
        try await fixture.finish(newer, try await fixture.claim(newer), .cached)
        _ = try await fixture.accept(images: 1)
        let host = try HostName(StoreFixture.name(1))
        let all = try await fixture.jobs.recentResults(of: host, limit: 10)
        #expect(all.map(\.job) == [newer.id, older.id, older.id])
        #expect(all.map(\.result.outcome) == [.cached, .error, .error])
        #expect(all.allSatisfy { $0.result.host == host } && all[1].result.reason == .noSpace)
        #expect(try await fixture.jobs.recentResults(of: host, limit: 2) == Array(all[..<2]))
        #expect(try await fixture.store.inventory.aggregates(of: host).map(\.text) == ["web"])
        #expect(try await fixture.store.inventory.aggregates(of: try HostName("nobody")) == [])
    }

    @Test func resultsOfOneReason() async throws {
        let fixture = try await StoreFixture(hosts: 4)
        let job = try await fixture.accept(images: 1)
        let hosts = try await fixture.claim(job)
        try await fixture.finish(job, Array(hosts[..<2]), .error, reason: .noSpace)
        try await fixture.finish(job, [hosts[2]], .error, reason: .ioError)
        try await fixture.finish(job, [hosts[3]], .cached)
        for outcomes in [Set<Outcome>(), [.error]] {
            let found = try await fixture.results(
                job,
                ResultFilter(outcomes: outcomes, reason: .noSpace),
                limit: 1
            )
            #expect(found.map(\.host) == hosts[..<2].map(\.name))
        }
        let record = try #require(try await fixture.jobs.job(job.id))
        #expect(record.reasons == [.noSpace: 2, .ioError: 1])
        #expect(record.bytesDone == 40 && record.bytesInVain == 30)
    }
}
