import PrecacheModel
import Testing

@testable import FanOut

@Suite struct SourceBudgetsTests {
    let one = SourceKey(url: "http://one/x")
    let two = SourceKey(url: "http://two/x")
    let mixed = JobID.make()
    let plain = JobID.make()

    @Test func takesUpToTheLimitAndGivesBack() {
        var budgets = SourceBudgets(limit: 2)
        #expect(budgets.take([one], for: plain) == true)
        #expect(budgets.take([one], for: plain) == true)
        #expect(budgets.take([one], for: plain) == false)
        #expect(budgets.inUse == [one: 2])
        budgets.release(one)
        #expect(budgets.take([one], for: mixed) == true)
        budgets.release(one, count: 2)
        #expect(budgets.inUse.isEmpty)
    }

    @Test func takesAllSourcesOrNone() {
        var budgets = SourceBudgets(limit: 1)
        #expect(budgets.take([two], for: plain) == true)
        #expect(budgets.take([one, two], for: mixed) == false)
        #expect(budgets.inUse == [two: 1])
    }

    @Test func aJobWithTwoSourcesGetsItsTurnAmongJobsWithOne() {
        var budgets = SourceBudgets(limit: 1)
        #expect(budgets.take([one], for: plain) == true)
        #expect(budgets.take([two], for: plain) == true)
        #expect(budgets.take([one, two], for: mixed) == false)
        budgets.pledge([one, two], for: mixed)
        budgets.release(one)
        #expect(budgets.take([one], for: plain) == false, "the unit that came free is pledged")
        #expect(budgets.take([one, two], for: mixed) == false)
        budgets.release(two)
        #expect(budgets.take([one, two], for: mixed) == true)
        budgets.release(one)
        #expect(budgets.take([one], for: plain) == true, "a pledge ends with its fulfilment")
    }

    @Test func theOlderPledgeGoesFirstSoThatNobodyBlocksEachOther() {
        let other = JobID.make()
        var budgets = SourceBudgets(limit: 1)
        budgets.pledge([one, two], for: mixed)
        budgets.pledge([two, one], for: other)
        #expect(budgets.take([two, one], for: other) == false)
        #expect(budgets.take([one, two], for: mixed) == true)
        budgets.withdrawPledge(of: other)
        budgets.release(one)
        #expect(budgets.take([one], for: plain) == true)
    }

    @Test func aLimitBelowOneIsOne() {
        var budgets = SourceBudgets(limit: 0)
        #expect(budgets.take([one], for: plain) == true)
        #expect(budgets.take([one], for: plain) == false)
    }
}

/// Where other dispatchers read the same sources.
@Suite struct SharedSourceBudgetsTests {
    let one = SourceKey(url: "http://one/x")
    let two = SourceKey(url: "http://two/x")
    let job = JobID.make()

    @Test func nothingIsTakenBeforeTheLedgerGaveIt() {
        var budgets = SourceBudgets(limit: 4, isShared: true)
        #expect(budgets.nextShare == nil, "nobody wants anything")
        #expect(budgets.take([one], for: job) == false)
        #expect(budgets.nextShare == .zero)
        #expect(budgets.wishes == [one: SourceWish(inUse: 0, wanted: 4)])
        #expect(budgets.share([one: 2], at: .seconds(1)) == true)
        #expect(budgets.take([one], for: job) == true)
        #expect(budgets.take([one], for: job) == true)
        #expect(budgets.take([one], for: job) == false, "two are its, whatever the limit says")
        #expect(budgets.take([two], for: job) == false, "of another source it has none")
    }

    @Test func whatIsDeniedIsAskedForOncePerSecondAndWhatIsNewAtOnce() {
        var budgets = SourceBudgets(limit: 4, isShared: true)
        _ = budgets.take([one], for: job)
        _ = budgets.share([one: 0], at: .seconds(1))
        _ = budgets.take([one], for: job)
        #expect(budgets.nextShare == .seconds(2))
        _ = budgets.take([two], for: job)
        #expect(budgets.nextShare == .milliseconds(1_100))
    }

    @Test func whatIsNotNeededIsGivenBackButNotWhatIsFreeForAMoment() {
        var budgets = SourceBudgets(limit: 4, isShared: true)
        _ = budgets.take([one], for: job)
        _ = budgets.share([one: 4], at: .zero)
        for _ in 0..<3 { _ = budgets.take([one], for: job) }
        budgets.release(one, count: 2)
        #expect(budgets.wishes == [one: SourceWish(inUse: 1, wanted: 3)])
        #expect(budgets.share([one: 3], at: .seconds(1)) == false)
        #expect(budgets.wishes == [one: SourceWish(inUse: 1, wanted: 1)])
        budgets.release(one)
        _ = budgets.share([one: 1], at: .seconds(2))
        #expect(budgets.wishes == [one: SourceWish(inUse: 0, wanted: 0)])
        _ = budgets.share([one: 0], at: .seconds(3))
        #expect(budgets.nextShare == nil && budgets.wishes.isEmpty)
    }

    @Test func whatIsAtWorkSinceBeforeCountsBeyondWhatIsAllowed() {
        var budgets = SourceBudgets(limit: 4, isShared: true)
        budgets.add([one, one, one])
        #expect(budgets.wishes == [one: SourceWish(inUse: 3, wanted: 3)])
        _ = budgets.share([one: 2], at: .zero)
        #expect(budgets.take([one], for: job) == false)
        budgets.release(one, count: 2)
        #expect(budgets.take([one], for: job) == true)
    }

    @Test func afterATakeOverTheLedgerIsAskedThoughNothingIsWanted() {
        var budgets = SourceBudgets(limit: 4, isShared: true)
        budgets.inherited(at: .seconds(9))
        #expect(budgets.nextShare == .seconds(12) && budgets.wishes.isEmpty)
        #expect(budgets.keepsAll(at: .seconds(11)) && !budgets.keepsAll(at: .seconds(12)))
        _ = budgets.share([:], at: .seconds(12))
        #expect(budgets.nextShare == nil)
        var alone = SourceBudgets(limit: 4)
        alone.inherited(at: .zero)
        #expect(alone.nextShare == nil)
    }
}
