import Coverage
import PrecacheModel
import Testing

@testable import Store

/// How much of aggregates had which images, as it is written down.
@Suite(.timeLimit(.minutes(10))) struct CoverageHistoryTests {
    private let start = Timestamp(microseconds: 1_000_000_000)
    private let fixture: StoreFixture
    private var store: ServiceStore { fixture.store }

    init() async throws { fixture = try await StoreFixture() }

    private func pair(_ aggregate: Int64, _ image: String = "one") throws -> CoveragePair {
        CoveragePair(aggregate: aggregate, image: try ImageID(image))
    }

    private func moment(_ seconds: Int, _ hosts: [Warmth: Int]) throws -> CoverageMoment {
        CoverageMoment(
            at: start + .seconds(seconds),
            coverage: ImageCoverage(image: try ImageID("one"), hosts: hosts)
        )
    }

    private func kept(_ pair: CoveragePair, since: Int = 0) async throws -> [[Warmth: Int]] {
        try await store.inventory.history(of: pair, since: start + .seconds(since), limit: 1_000)
            .map { $0.coverage.hosts.filter { $0.value > 0 } }
    }

    @Test func aHundredthOfTheHostsIsNewsOnceAMinuteAndSoAreTheFirstAndTheLastAndEachDay() async throws {
        let one = try pair(1)
        let moments: [(seconds: Int, hosts: [Warmth: Int], isNews: Bool)] = [
            (0, [.missing: 1_000], true), (59, [.missing: 900, .warm: 100], false),
            (60, [.missing: 800, .warm: 200], true), (130, [.missing: 800, .warm: 191, .stale: 9], false),
            (140, [.missing: 800, .warm: 190, .stale: 10], true),
            (300, [.missing: 791, .warm: 199, .stale: 10], false),
            (301, [.missing: 790, .warm: 200, .stale: 10], true),
            (400, [.warm: 991, .stale: 9], true), (500, [.warm: 996, .stale: 4], false),
            (501, [.missing: 1, .warm: 995, .stale: 4], true), (600, [.warm: 996, .stale: 4], true),
            (87_000, [.warm: 996, .stale: 4], true), (200, [.warm: 996, .stale: 4], false),
            (201, [.missing: 999, .warm: 1], true), (300, [.missing: 1_000], true),
        ]
        var last = try moment(0, [:])
        for (seconds, hosts, isNews) in moments {
            let moment = try moment(seconds, hosts)
            if isNews { last = moment }
            // Twice: as another controller would that sees the same a little later.
            for _ in 0..<2 {
                let kept = try await store.inventory.note([(one, moment)])
                #expect(kept[one]?.at == last.at && kept[one]?.coverage.total == 1_000, "at \(seconds) s")
            }
        }
        let news = moments.filter(\.isNews)
        #expect(try await kept(one) == news.reversed().map(\.hosts))
        #expect(try await kept(one, since: 501).count == 3, "two were written by a clock that was set back")
        let all = try await store.inventory.history(of: one, since: nil, limit: 2)
        let rest = try await store.inventory.history(of: one, before: all[1].number, since: nil, limit: 1)
        #expect(rest.map(\.at) == [start + .seconds(87_000)])
        #expect(try await kept(pair(2)).isEmpty)
    }

    @Test func theNewestOfEachPairAreKept() async throws {
        let (one, other) = (try pair(1), try pair(1, "other"))
        for number in 0..<StoredInventory.keptMoments + 7 {
            let hosts: [Warmth: Int] = number % 2 == 0 ? [.warm: 1] : [.missing: 1]
            try await store.inventory.note([(one, try moment(100 * number, hosts))])
            guard number < 3 else { continue }
            try await store.inventory.note([(other, try moment(100 * number, hosts))])
        }
        let moments = try await store.inventory.history(of: one, since: nil, limit: 1_000)
        #expect(moments.count == StoredInventory.keptMoments && moments.last?.at == start + .seconds(700))
        #expect(try await kept(other).count == 3)
    }

    @Test func whatIsOldGoes() async throws {
        let one = try pair(1)
        for number in 0..<3 {
            try await store.inventory.note([(one, try moment(number * 100, [.warm: number + 1]))])
        }
        fixture.clock.now = start + .seconds(150)
        _ = try await store.jobs.prune(RetentionPolicy(maximumAge: .seconds(50)))
        #expect(try await kept(one) == [[.warm: 3], [.warm: 2]])
    }

    /// What hosts list by themselves is nobody's wish.
    @Test func pairsAreThoseOfJobsTheLastOnesFirst() async throws {
        #expect(try await store.inventory.pairsOfJobs(limit: 9).isEmpty)
        let first = try await fixture.accept(images: 1)
        _ = try await fixture.accept(images: 3)
        let pairs = try await store.inventory.pairsOfJobs(limit: 9)
        #expect(pairs.map(\.image.text).sorted() == ["image-0", "image-1", "image-2"])
        #expect(Set(pairs.map(\.aggregate)) == [first.aggregateID])
        var other = try fixture.newJob(images: 4)
        other.images = [try StoreFixture.image(3)]
        _ = try await store.jobs.createJob(other, claim: nil)
        #expect(try await store.inventory.pairsOfJobs(limit: 1).map(\.image.text) == ["image-3"])
    }
}
