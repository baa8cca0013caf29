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

    @Test func whoHasItIsNewsOnceAMinuteAndSilenceWhereItIsAHundredth() async throws {
        let one = try pair(1)
        let moments = [
            try moment(0, [.missing: 1_000]), try moment(59, [.missing: 900, .warm: 100]),
            try moment(60, [.missing: 800, .warm: 200]),
            try moment(130, [.missing: 800, .warm: 191, .stale: 9]),
            try moment(131, [.missing: 800, .warm: 190, .stale: 10]),
            try moment(300, [.missing: 799, .warm: 191, .stale: 10]),
            try moment(400, [.missing: 799, .warm: 191, .stale: 10]),
            try moment(100, [.missing: 798, .warm: 192, .stale: 10]),
        ]
        // One after another, and as another controller would that sees the same a little later.
        for moment in moments { try await store.inventory.note([(one, moment), (one, moment)]) }
        #expect(
            try await kept(one) == [
                [.missing: 798, .warm: 192, .stale: 10], [.missing: 799, .warm: 191, .stale: 10],
                [.missing: 800, .warm: 190, .stale: 10], [.missing: 800, .warm: 200], [.missing: 1_000],
            ]
        )
        #expect(try await kept(one, since: 131).count == 2, "one was written by a clock that was set back")
        let all = try await store.inventory.history(of: one, since: nil, limit: 2)
        let rest = try await store.inventory.history(of: one, before: all[1].number, since: nil, limit: 1)
        #expect(rest.map(\.at) == [start + .seconds(131)])
        #expect(try await kept(pair(2)).isEmpty)
    }

    @Test func theNewestOfEachPairAreKept() async throws {
        let (one, other) = (try pair(1), try pair(1, "other"))
        for number in 0..<StoredInventory.keptMoments + 7 {
            try await store.inventory.note([(one, try moment(100 * number, [.warm: number + 1]))])
            guard number < 3 else { continue }
            try await store.inventory.note([(other, try moment(number * 100, [.warm: number]))])
        }
        let hosts = try await kept(one)
        #expect(hosts.count == StoredInventory.keptMoments && hosts.last == [.warm: 8])
        #expect(try await kept(other).count == 3)
    }

    @Test func whatIsOldGoesButTheLastOfAnAggregateThatIsThere() async throws {
        let web = try await store.inventory.putAggregate(AggregateEntry(name: AggregateName("own"))).aggregate
        let (there, gone) = (try pair(web.id), try pair(web.id + 1))
        for number in 0..<3 {
            for pair in [there, gone] {
                try await store.inventory.note([(pair, try moment(number * 100, [.warm: number + 1]))])
            }
        }
        _ = try await store.jobs.prune(RetentionPolicy(maximumAge: .seconds(0)))
        #expect(try await kept(there) == [[.warm: 3]])
        #expect(try await kept(gone).isEmpty)
    }
}
