import Testing

@testable import Reactor

struct TimerQueueTests {
    @Test func cancelledTimersAreSweptOutBeforeTheyPileUp() {
        var queue = TimerQueue()
        for number in 0..<100_000 {
            let timer = LoopTimer(work: {})
            queue.insert(timer, deadline: UInt64(number))
            timer.cancel()
        }
        #expect(queue.count <= 256)
    }

    @Test func whatIsLiveSurvivesTheSweep() {
        var queue = TimerQueue()
        for number in 0..<1_000 { queue.insert(LoopTimer(work: {}), deadline: UInt64(number)) }
        var popped = 0
        while queue.popDue(now: 2_000) != nil { popped += 1 }
        #expect(popped == 1_000)
    }

    @Test func equalDeadlinesKeepTheOrderOfInsertion() {
        var queue = TimerQueue()
        let timers = (0..<50).map { _ in LoopTimer(work: {}) }
        for timer in timers { queue.insert(timer, deadline: 7) }
        for timer in timers { #expect(queue.popDue(now: 7) === timer) }
    }

    @Test(
        arguments: [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2), (UInt64.max, Int32.max)]
            as [(UInt64, Int32)]
    )
    func aWaitIsRoundedUpToWholeMilliseconds(deadline: UInt64, milliseconds: Int32) {
        var queue = TimerQueue()
        #expect(queue.millisecondsToNext(now: 0) == -1)
        queue.insert(LoopTimer(work: {}), deadline: deadline)
        #expect(queue.millisecondsToNext(now: 0) == milliseconds)
    }

    @Test func durationsOutOfRangeAreKeptInRange() {
        #expect(MonotonicTime.deadline(after: .seconds(-1)) <= MonotonicTime.now)
        #expect(MonotonicTime.deadline(after: .seconds(Int64.max)) > MonotonicTime.now)
    }
}
