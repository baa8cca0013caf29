import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import ImageService

@Suite(.timeLimit(.minutes(10)))
struct ImageResolverTests {
    /// Jobs in memory; each image leaves its job with its answer.
    private final class Ledger: ResolutionLedger {
        let jobs: Mutex<[UnresolvedJob]>
        let answers = Mutex<[ImageID: ImageAnswer]>([:])
        let isDone = TestEvent<Void>()

        init(_ jobs: [UnresolvedJob]) { self.jobs = Mutex(jobs) }

        func jobsToResolve() async throws -> [UnresolvedJob] { jobs.withLock { $0 } }

        func resolve(_ id: JobID, _ answers: [ImageID: ImageAnswer]) async throws {
            self.answers.withLock { $0.merge(answers) { $1 } }
            let isEmpty = jobs.withLock { jobs in
                for index in jobs.indices where jobs[index].id == id {
                    jobs[index].images.removeAll { answers[$0] != nil }
                }
                jobs.removeAll(where: \.images.isEmpty)
                return jobs.isEmpty
            }
            if isEmpty { isDone.fire() }
        }
    }

    private final class Lookup: ImageLookup {
        let asked = Mutex<[ImageID: Int]>([:])
        let unverified = Mutex<Set<ImageID>>([])
        let answer: @Sendable (ImageID, Int) -> Result<ImageAnswer, ImageServiceError>

        init(_ answer: @escaping @Sendable (ImageID, Int) -> Result<ImageAnswer, ImageServiceError>) {
            self.answer = answer
        }

        func image(_ id: ImageID, allowsUnverified: Bool) async throws(ImageServiceError) -> ImageAnswer {
            if allowsUnverified { unverified.withLock { _ = $0.insert(id) } }
            let count = asked.withLock { asked in
                asked[id, default: 0] += 1
                return asked[id] ?? 0
            }
            return try answer(id, count).get()
        }
    }

    private static let away = ImageServiceError.unavailable("Glance answered 503", retryAfter: nil)

    private func job(_ images: [String], deadline: Duration = .seconds(3_600)) throws -> UnresolvedJob {
        UnresolvedJob(id: .make(), images: try images.map { try ImageID($0) }, deadline: .now() + deadline)
    }

    private func resolver(
        _ ledger: Ledger,
        _ lookup: Lookup,
        _ troubles: @escaping @Sendable (String) -> Void = { _ in }
    ) -> ImageResolver {
        ImageResolver(
            ledger: ledger,
            lookup: lookup,
            retry: RetryPolicy(base: .milliseconds(1), ceiling: .milliseconds(2)),
            clock: { .now() },
            onTrouble: troubles
        )
    }

    @Test func eachImageOfAJobIsLookedUpOnce() async throws {
        let names = (0..<40).map { "image-\($0)" }
        let ledger = Ledger([try job(names), try job(["other"])])
        let lookup = Lookup { id, _ in .success(.found(.unresolved(id))) }
        #expect(await resolver(ledger, lookup).round() == nil)
        #expect(ledger.answers.withLock { $0.count } == 41)
        #expect(lookup.asked.withLock { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test func anImageThatMayComeWithoutADigestIsLookedUpSo() async throws {
        var job = try job(["checked", "unchecked"])
        let unchecked = try ImageID("unchecked")
        job.unverified = [unchecked]
        let lookup = Lookup { id, _ in .success(.found(.unresolved(id))) }
        #expect(await resolver(Ledger([job]), lookup).round() == nil)
        #expect(lookup.unverified.withLock { $0 } == [unchecked])
    }

    @Test func whileGlanceIsAwayOnlyWhatItWasNeededForWaitsAndItIsAskedAgain() async throws {
        let ledger = Ledger([try job(["known", "remote"])])
        let lookup = Lookup { id, count in
            id.text == "known" || count > 3 ? .success(.found(.unresolved(id))) : .failure(Self.away)
        }
        let troubles = Mutex<[String]>([])
        let resolver = resolver(ledger, lookup) { text in troubles.withLock { $0.append(text) } }
        let (work, bell) = AsyncStream.makeStream(of: Void.self)
        let running = Task { await resolver.run(work) }
        await ledger.isDone.wait()
        running.cancel()
        await running.value
        withExtendedLifetime(bell) {}
        #expect(lookup.asked.withLock { $0 } == [try ImageID("known"): 1, try ImageID("remote"): 4])
        #expect(troubles.withLock { $0 } == ["Glance answered 503"])
    }

    @Test func aRingBringsANewJobsTurn() async throws {
        let ledger = Ledger([])
        let lookup = Lookup { id, _ in .success(.found(.unresolved(id))) }
        let (work, bell) = AsyncStream.makeStream(of: Void.self)
        let resolver = resolver(ledger, lookup)
        let running = Task { await resolver.run(work) }
        let late = try job(["late"])
        ledger.jobs.withLock { $0 = [late] }
        bell.yield()
        await ledger.isDone.wait()
        running.cancel()
        await running.value
    }

    @Test func whatCantBeFoundOutWithinTheJobsTimeEndsWithIt() async throws {
        let ledger = Ledger([try job(["remote"], deadline: .seconds(-1))])
        _ = await resolver(ledger, Lookup { _, _ in .failure(Self.away) }).round()
        let detail = "the image couldn't be looked up within the job's time: Glance answered 503"
        #expect(ledger.answers.withLock { Array($0.values) } == [.absent(.deadlineExceeded, detail: detail)])
    }

    @Test func aRefusalEndsAtOnceAndANameIsNoId() async throws {
        let ledger = Ledger([try job(["refused", "name"])])
        let other = try ImageID("other-id")
        let lookup = Lookup { id, _ in
            id.text == "refused" ? .failure(.refused("wrong password")) : .success(.found(.unresolved(other)))
        }
        #expect(await resolver(ledger, lookup).round() == nil)
        let answers = ledger.answers.withLock { $0 }
        #expect(answers[try ImageID("refused")] == .absent(.sourceUnauthorized, detail: "wrong password"))
        #expect(
            answers[try ImageID("name")]
                == .absent(.imageNotFound, detail: "an image of this name has the id other-id: say the id")
        )
    }
}
