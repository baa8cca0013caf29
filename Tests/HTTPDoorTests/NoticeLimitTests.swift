import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct NoticeLimitTests {
    @Test func eachKeyHasItsLinesAnHourAndMemoryIsBounded() {
        let time = Mutex(ContinuousClock.now)
        let limit = NoticeLimit<Int>(perHour: 3, keys: 2) { time.withLock { $0 } }
        #expect((0..<5).map { _ in limit.next(1) } == [2, 1, 0, nil, nil])
        #expect(limit.next(2) == 2)
        #expect(limit.next(3) == nil, "no more keys are remembered")
        time.withLock { $0 += .seconds(3_599) }
        #expect(limit.next(1) == nil && limit.next(3) == nil)
        #expect(limit.next(2) == 1)
        time.withLock { $0 += .seconds(1) }
        #expect(limit.next(3) == 2 && limit.next(1) == 2 && limit.next(2) == nil)
    }
}
