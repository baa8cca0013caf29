import Testing

@testable import FanOut

@Suite struct DeadlineQueueTests {
    @Test func givesKeysInOrderOnceTheirTimeHasCome() {
        var queue = DeadlineQueue<String>()
        queue.set("late", at: .seconds(3))
        queue.set("early", at: .seconds(1))
        queue.set("middle", at: .seconds(2))
        #expect(queue.next() == .seconds(1))
        #expect(queue.pop(at: .milliseconds(999)) == nil)
        #expect(queue.pop(at: .seconds(2)) == "early")
        #expect(queue.pop(at: .seconds(2)) == "middle")
        #expect(queue.pop(at: .seconds(2)) == nil)
        #expect(queue.next() == .seconds(3))
    }

    @Test func equalMomentsComeInTheOrderOfSetting() {
        var queue = DeadlineQueue<Int>()
        for key in [5, 3, 9] { queue.set(key, at: .seconds(1)) }
        #expect(
            [queue.pop(at: .seconds(1)), queue.pop(at: .seconds(1)), queue.pop(at: .seconds(1))] == [5, 3, 9]
        )
    }

    @Test func settingAgainReplaces() {
        var queue = DeadlineQueue<String>()
        queue.set("a", at: .seconds(1))
        queue.set("a", at: .seconds(5))
        #expect(queue.pop(at: .seconds(4)) == nil)
        #expect(queue.pop(at: .seconds(5)) == "a")
        #expect(queue.pop(at: .seconds(9)) == nil)
    }

    @Test func removedKeysDontCome() {
        var queue = DeadlineQueue<String>()
        queue.set("a", at: .seconds(1))
        queue.set("b", at: .seconds(2))
        queue.remove("a")
        #expect(queue.next() == .seconds(2))
        #expect(queue.count == 1)
    }

    @Test func memoryStaysProportionalToLiveKeys() {
        var queue = DeadlineQueue<Int>()
        for key in 0..<100_000 {
            queue.set(key, at: .seconds(1800 + key))
            queue.remove(key)
        }
        #expect(queue.count == 0)
        #expect(queue.storedCount <= 64)
    }
}
