import Testing

@testable import DistributionModel

/// Small fleets in virtual time: not how fast this machine is, but what the rules come to.
@Suite struct DistributionModelTests {
    private func run(
        _ change: (inout DistributionModel.Plan) -> Void
    ) -> (result: DistributionModel.Result, last: Double, copies: Double) {
        var plan = DistributionModel.Plan()
        (plan.hosts, plan.pieces, plan.bytes) = (16, 256, 64 * 1_048_576)
        change(&plan)
        var model = DistributionModel(plan)
        let result = model.run()
        let whole = plan.bytes / plan.rate
        return (result, (result.healthy.last ?? .infinity) / whole, result.sourceBytes / plan.bytes)
    }

    @Test(arguments: [8e6, 32e6])
    func aFleetCostsTheSourceOneCopyAndLittleMoreTimeThanOneHost(sourceRate: Double) {
        let (result, last, copies) = run { $0.sourceRate = sourceRate }
        #expect(result.unfinished == 0 && result.healthy.count == 16)
        #expect(last < 1.5, "\(last)")
        #expect(copies < 1.2, "\(copies)")
    }

    @Test(arguments: [2e6, 4e6])
    func aSourceSlowerThanAHostsLinkSetsThePace(sourceRate: Double) {
        let (result, last, copies) = run { $0.sourceRate = sourceRate }
        #expect(result.unfinished == 0 && copies < 1.2, "\(copies)")
        // What the source needs for one copy; a tenth and a second beyond it, in which the last pieces go round.
        let one = 8e6 / sourceRate
        #expect(last >= one && last < one * 1.15 + 0.12, "\(last)")
    }

    @Test func aLongWayToAndFroCostsTimeAndNoCopies() {
        let (near, far) = (run { _ in }, run { $0.roundTrip = 0.1 })
        #expect(far.result.unfinished == 0 && far.copies < 1.2, "\(far.copies)")
        #expect(far.last > near.last && far.last < 2, "\(near.last) \(far.last)")
    }

    @Test func newsAreHalfOfTheWayToAndFroAway() {
        // Asked for at the source and told to the only other host, which asks for it: two ways and a half, and the piece twice.
        let (result, _, _) = run {
            ($0.hosts, $0.seeds, $0.pieces, $0.bytes) = (2, 1, 1, 1_048_576)
            $0.roundTrip = 1
        }
        let (last, least) = (result.healthy.last ?? .infinity, 2.5 + 2 * 1_048_576 / 8e6)
        #expect(last >= least && last < least + 0.1, "\(last)")
    }

    @Test func slowHostsHoldUpThemselves() {
        let (result, last, _) = run { $0.slow = 2 }
        #expect(last < 1.6, "\(last)")
        #expect((result.lastSlow ?? 0) > 4 * 64 * 1_048_576 / 8e6)
    }

    @Test func whoDiesHoldsUpNobody() {
        let (result, last, _) = run { $0.killed = 3 }
        #expect(result.healthy.count == 13 && result.unfinished == 0 && last < 1.5, "\(last)")
    }

    @Test(arguments: [1, 2])
    func seedsThatDieAreReplaced(seeds: Int) {
        let (result, last, copies) = run { $0.killedSeeds = seeds }
        #expect(result.unfinished == 0 && result.promotions == (seeds == 2 ? 1 : 0))
        // Some seconds without news pass before there is another: much of the eight that this image takes.
        #expect(last < 2.6 && copies < 2, "\(last) \(copies)")
    }

    @Test func zonesWithoutASeedTakeAtMostTwoCopiesAcross() {
        let (result, last, _) = run {
            $0.hosts = 32
            $0.zones = 3
        }
        #expect(result.unfinished == 0 && last < 1.8, "\(last)")
        let copies = result.crossings.map { $0 / (64 * 1_048_576) }
        #expect(copies.max() ?? 9 <= 2 && copies.contains(0), "\(copies)")
    }

    @Test func aThinLineIsCrossedOnce() {
        // A tenth of a host's link for all that crosses: one copy takes ten times one link's time, and so may all.
        let (result, last, _) = run {
            $0.zones = 2
            $0.crossRate = 800_000
        }
        #expect(result.unfinished == 0 && last < 16, "\(last)")
    }

    @Test func theSameDrawGivesTheSame() {
        let (first, second) = (run { $0.draw = 9 }, run { $0.draw = 9 })
        #expect(first.last == second.last && first.result.sourceBytes == second.result.sourceBytes)
    }
}
