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
