import BitCollections
import Coverage
import PrecacheModel
import Testing

@Suite(.timeLimit(.minutes(10)))
struct FleetTests {
    private let image: ImageID
    private let other: ImageID
    private let web: AggregateName
    private let start = Timestamp(microseconds: 1_800_000_000_000_000)

    init() throws {
        (image, other) = (try ImageID("debian-12"), try ImageID("ubuntu-24.04"))
        web = try AggregateName("web")
    }

    /// Hosts 1 to `count` in the aggregate `web`, all alive.
    private func fleet(_ count: Int, disabled: Set<Int64> = []) throws -> Fleet {
        var fleet = Fleet()
        try take(&fleet, Array(1...Int64(count)), disabled: disabled, revision: 1)
        for id in 1...Int64(count) { fleet.heard(id, Fleet.Beat(at: start, interval: .seconds(30))) }
        return fleet
    }

    private func take(_ fleet: inout Fleet, _ ids: [Int64], disabled: Set<Int64> = [], revision: Int64) throws
    {
        let hosts = try ids.map { id in
            Fleet.Host(id: id, name: try HostName("host-\(id)"), isEnabled: !disabled.contains(id))
        }
        fleet.take(hosts, aggregates: [(1, web, ids)], revision: revision)
    }

    private func held(_ id: ImageID, isDamaged: Bool = false) -> HeartbeatImage {
        HeartbeatImage(id: id, sizeBytes: 1, isVerified: true, isDamaged: isDamaged)
    }

    private func counts(_ fleet: Fleet, after time: Duration = .seconds(1)) throws -> [Warmth: Int] {
        let view = try #require(AggregateView(fleet, web, at: start + time))
        return view.coverage(of: image).hosts.filter { $0.value > 0 }
    }

    @Test func aHostThatNobodyListenedToIsDownOnlyOnceItHadTheTimeToSpeak() throws {
        var fleet = Fleet(listeningSince: start + .seconds(1_000))
        try take(&fleet, [1, 2], revision: 1)
        fleet.heard(1, Fleet.Beat(at: start, interval: .seconds(30)))
        fleet.heard(2, Fleet.Beat(at: start + .seconds(1_005), interval: .seconds(30)))
        func state(_ seconds: Int) -> (down: BitSet, unheard: BitSet) {
            let now = start + .seconds(seconds)
            return (fleet.down(among: [0, 1], at: now), fleet.unheard(among: [0, 1], at: now))
        }
        #expect(state(1_010) == ([], [0]) && state(1_089) == ([], [0]))
        #expect(state(1_090) == ([0], []) && state(1_095) == ([0, 1], []))
        // Whoever was silent for long while others spoke was dead before.
        var other = Fleet(listeningSince: start + .seconds(1_000))
        try take(&other, [1, 2], revision: 1)
        other.heard(1, Fleet.Beat(at: start, interval: .seconds(30)))
        other.heard(2, Fleet.Beat(at: start + .seconds(900), interval: .seconds(30)))
        #expect(other.down(among: [0, 1], at: start + .seconds(1_010)) == [0])
        #expect(other.unheard(among: [0, 1], at: start + .seconds(1_010)) == [1])
        // A clock that was set back doesn't keep the dead alive.
        #expect(state(500) == ([0], []))
    }

    @Test func eachHostCountsOnceByWhatMattersMost() throws {
        var fleet = try fleet(6, disabled: [6])
        fleet.take([held(image)], of: 1, mark: 1, at: start)
        fleet.take([held(image)], of: 2, mark: 1, at: start)
        fleet.take([held(image, isDamaged: true)], of: 3, mark: 1, at: start)
        fleet.ended(.unsupported, of: image, on: 4, at: start)
        fleet.take([held(image)], of: 6, mark: 1, at: start)
        // All but host 1 fall silent.
        fleet.heard(1, Fleet.Beat(at: start + .seconds(100), interval: .seconds(30)))
        let view = try #require(AggregateView(fleet, web, at: start + .seconds(101)))
        let coverage = view.coverage(of: image)
        let isRight =
            coverage.hosts
            == [.warm: 1, .stale: 1, .damaged: 1, .unsupported: 1, .missing: 1, .disabled: 1]
        #expect(isRight)
        #expect(coverage.fraction == 0.25)
        #expect(view.images == [image])
        #expect(view.hosts(by: image)[.missing]?.map(\.name.text) == ["host-5"])
    }

    @Test func whatAJobBroughtCountsBeforeTheHostListsIt() throws {
        var fleet = try fleet(1)
        fleet.take([held(image, isDamaged: true)], of: 1, mark: 1, at: start)
        fleet.ended(.cached, of: image, on: 1, at: start)
        #expect(try counts(fleet) == [.warm: 1])
        // This list was made before the image came.
        fleet.take([held(other)], of: 1, mark: 2, at: start)
        fleet.heard(1, Fleet.Beat(at: start + .seconds(5), interval: .seconds(30)))
        #expect(try counts(fleet) == [.warm: 1])
        fleet.heard(1, Fleet.Beat(at: start + .seconds(40), interval: .seconds(30)))
        #expect(try counts(fleet) == [.missing: 1])
    }

    /// A host that went down in its turn has failed as others have; whoever cancelled didn't mean the host.
    @Test func whatEndsBadlyIsCountedUntilTheImageIsThere() throws {
        var fleet = try fleet(1)
        let slot = try #require(fleet.slot(of: 1))
        let end = { (fleet: inout Fleet, outcome: Outcome, reason: Reason?, second: Int) in
            let at = start + .seconds(second)
            fleet.ended(
                outcome,
                of: image,
                on: 1,
                at: at,
                failure: reason.map { ImageFailure(count: 1, at: at, reason: $0) }
            )
            return fleet.slot(of: image).flatMap { fleet.failures[$0][slot] }
        }
        #expect(end(&fleet, .skipped, .hostDown, 1)?.count == 1)
        #expect(end(&fleet, .error, .noSpace, 2)?.count == 2)
        // The same once more.
        #expect(end(&fleet, .error, .noSpace, 2)?.count == 2)
        #expect(end(&fleet, .cancelled, nil, 3)?.count == 2)
        #expect(end(&fleet, .cached, nil, 4) == nil)
    }

    @Test func aHostThatComesBackHasNothingOfItsFormerSelf() throws {
        var fleet = try fleet(2)
        fleet.take([held(image)], of: 1, mark: 1, at: start)
        try take(&fleet, [2], revision: 2)
        #expect(try counts(fleet) == [.missing: 1])
        try take(&fleet, [2, 3], revision: 3)
        #expect(try counts(fleet) == [.missing: 2])
        #expect(fleet.hosts.count == 2)
    }

    @Test func whatIsHeardBeforeTheInventoryIsReadIsKept() throws {
        var fleet = Fleet()
        fleet.take([held(image)], of: 7, mark: 1, at: start)
        fleet.heard(7, Fleet.Beat(at: start, interval: .seconds(30)))
        try take(&fleet, [7], revision: 1)
        #expect(try counts(fleet) == [.warm: 1])
        #expect(try counts(fleet, after: .seconds(1_000)) == [.stale: 1])
    }

    @Test func whereNoHostCouldHaveItNothingIsMissing() throws {
        let fleet = try fleet(1, disabled: [1])
        let view = try #require(AggregateView(fleet, web, at: start))
        #expect(view.coverage(of: image).fraction == 1)
        let unknown = try AggregateName("none")
        #expect(AggregateView(fleet, unknown, at: start) == nil)
    }

    @Test func imagesThatNobodyHasAnyMoreTakeNoRoom() throws {
        var fleet = try fleet(2)
        fleet.take([held(image)], of: 1, mark: 1, at: start)
        for round in 0..<200 {
            let list = try (0..<200).map { held(try ImageID("image-\(round)-\($0)")) }
            fleet.take(list, of: 2, mark: Int64(round), at: start)
        }
        #expect(fleet.images.count < 10_000)
        #expect(try counts(fleet) == [.warm: 1, .missing: 1])
    }

    @Test func aListOfManyNewImagesIsTakenWhole() throws {
        var fleet = try fleet(1)
        let list = try (0..<9_000).map { held(try ImageID("image-\($0)")) }
        fleet.take(list, of: 1, mark: 1, at: start)
        let view = try #require(AggregateView(fleet, web, at: start))
        let isWhole = view.images.count == 9_000 && view.coverage(of: list[0].id).fraction == 1
        #expect(isWhole)
    }

    @Test func whatAListHasIsNoLossThoughAJobBroughtItLongBefore() throws {
        var fleet = try fleet(1)
        fleet.take([], of: 1, mark: 1, at: start)
        fleet.ended(.cached, of: image, on: 1, at: start)
        fleet.take([held(image)], of: 1, mark: 2, at: start + .seconds(25))
        fleet.heard(1, Fleet.Beat(at: start + .seconds(25), interval: .seconds(30)))
        let hasLost = fleet.losses.contains { !$0.isEmpty }
        #expect(!hasLost)
    }
}
