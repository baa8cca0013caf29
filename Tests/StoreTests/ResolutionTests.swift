import Coverage
import PrecacheModel
import Store
import Testing

/// Jobs whose images are looked up after their acceptance.
@Suite(.timeLimit(.minutes(10)))
struct ResolutionTests {
    private func accept(
        _ fixture: StoreFixture,
        known: Int = 0,
        unresolved: [String]
    ) async throws -> JobRecord {
        var job = try fixture.newJob(images: known)
        job.images += try unresolved.map { .unresolved(try ImageID($0)) }
        return try await fixture.jobs.createJob(job, claim: nil).job
    }

    private func found(_ id: String, size: Int64 = 700) throws -> ImageAnswer {
        .found(
            ImageReference(
                id: try ImageID(id),
                name: "Found",
                url: "http://glance/v2/images/\(id)/file",
                sizeBytes: size,
                digest: try Digest(.sha512, hex: String(repeating: "cd", count: 64)),
                diskFormat: .qcow2,
                allowsUnverified: false,
                origin: .imageService
            )
        )
    }

    @Test func theDispatcherSeesAJobOnceEveryImageIsKnown() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await accept(fixture, known: 1, unresolved: ["a", "b"])
        #expect(try await fixture.jobs.openJobs().isEmpty)
        let (a, b) = (try ImageID("a"), try ImageID("b"))
        let deadline = job.createdAt + .seconds(600)
        #expect(
            try await fixture.jobs.jobsToResolve()
                == [UnresolvedJob(id: job.id, images: [a, b], deadline: deadline)]
        )
        try await fixture.jobs.resolve(job.id, [a: try found("a")])
        #expect(try await fixture.jobs.openJobs().isEmpty)
        #expect(try await fixture.jobs.jobsToResolve().map(\.images) == [[b]])
        try await fixture.jobs.resolve(job.id, [b: try found("b", size: 5)])
        let open = try #require(try await fixture.jobs.openJobs().first)
        #expect(open.images.map(\.origin) == [.catalogue, .imageService, .imageService])
        #expect(open.images[1].url == "http://glance/v2/images/a/file")
        #expect(try await fixture.jobs.jobsToResolve().isEmpty)
        #expect(try await fixture.jobs.job(job.id)?.bytesTotal == 3 * (1_000 + 700 + 5))
        try await CounterCheck.holds(fixture, job)
    }

    @Test func whatCantBeHadEndsWithItsReasonOnEveryHostAndTheRestGoesOn() async throws {
        let fixture = try await StoreFixture(hosts: 4)
        let job = try await accept(fixture, known: 1, unresolved: ["gone"])
        let gone = try ImageID("gone")
        try await fixture.jobs.resolve(job.id, [gone: .absent(.imageNotFound, detail: "no such image")])
        let failed = try await fixture.results(job, ResultFilter(image: gone))
        #expect(failed.map(\.outcome) == Array(repeating: .error, count: 4))
        #expect(failed.allSatisfy { $0.reason == .imageNotFound && $0.detail == "no such image" })
        #expect(try await fixture.jobs.job(job.id)?.state == .queued)
        try await CounterCheck.holds(fixture, job)
        let hosts = try await fixture.claim(job)
        #expect(hosts.allSatisfy { $0.images == [0] })
        try await fixture.finish(job, hosts, .cached)
        #expect(try await fixture.jobs.job(job.id)?.state == .partial)
        try await CounterCheck.holds(fixture, job)
    }

    /// Else a policy that wants it would have job after job made.
    @Test func whatCantBeHadCountsAsAFailureOfEachHost() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let gone = try ImageID("gone")
        for count in 1...2 {
            fixture.clock.advance(by: .seconds(60))
            let job = try await accept(fixture, unresolved: ["gone"])
            try await fixture.jobs.resolve(job.id, [gone: .absent(.imageNotFound, detail: "no such image")])
            let fleet = try await fixture.store.inventory.fleet()
            let failures = fleet.failures.flatMap(\.values)
            #expect(failures.map(\.count) == [count, count], "\(failures)")
            #expect(failures.allSatisfy { $0.reason == .imageNotFound })
        }
    }

    @Test func aJobOfWhichNothingCanBeHadHasFailedAndIsLookedUpAnewOnRetry() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await accept(fixture, unresolved: ["gone"])
        let gone = try ImageID("gone")
        try await fixture.jobs.resolve(job.id, [gone: .absent(.imageNotActive, detail: "queued")])
        #expect(try await fixture.jobs.job(job.id)?.state == .failed)
        #expect(try await fixture.jobs.openJobs().isEmpty)
        let again = try await fixture.jobs.retryJob(job.id, as: .make(), requestedBy: nil, claim: nil).job
        #expect(try await fixture.jobs.jobsToResolve().map(\.id) == [again.id])
    }

    @Test func aJobThatWasCancelledMeanwhileIsLeftAlone() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await accept(fixture, unresolved: ["a"])
        _ = try await fixture.jobs.cancelJob(job.id, requestedBy: nil)
        #expect(try await fixture.jobs.job(job.id)?.state == .cancelled)
        #expect(try await fixture.jobs.jobsToResolve().isEmpty)
        try await fixture.jobs.resolve(job.id, [try ImageID("a"): .absent(.imageNotFound, detail: "")])
        #expect(try await fixture.results(job).allSatisfy { $0.outcome == .cancelled })
    }

    @Test func tenThousandHostsAndFiveImagesAreResolvedInOneGo() async throws {
        let fixture = try await StoreFixture(hosts: 10_000)
        let ids = (0..<5).map { "image-\($0)" }
        let job = try await accept(fixture, unresolved: ids)
        var answers: [ImageID: ImageAnswer] = [:]
        for id in ids.dropLast() { answers[try ImageID(id)] = try found(id) }
        answers[try ImageID("image-4")] = .absent(.imageNotFound, detail: "no such image")
        let elapsed = try await ContinuousClock().measure { try await fixture.jobs.resolve(job.id, answers) }
        print("resolving 10,000 hosts x 5 images: \(elapsed)")
        let record = try #require(try await fixture.jobs.job(job.id))
        #expect(record.results[.error] == 10_000 && record.results[.pending] == 40_000)
        #expect(record.bytesTotal == 10_000 * 4 * 700)
    }
}
