import PrecacheCommands
import Testing

@Suite struct MotionTests {
    @Test func saysNothingBeforeItHasSeenEnough() {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 0, fraction: 0)
        motion.note(at: .milliseconds(1900), bytes: 100, fraction: 0.1)
        #expect(motion.bytesPerSecond == nil)
        #expect(motion.timeLeft == nil)
    }

    @Test func measuresTheLastHalfMinute() {
        var motion = Motion()
        for second in 0...60 {
            let bytes = second <= 30 ? 0 : Int64(second - 30) * 100
            motion.note(at: .seconds(second), bytes: bytes, fraction: Double(bytes) / 6000)
        }
        #expect(motion.bytesPerSecond == 100)
        #expect(motion.timeLeft == .seconds(30))
    }

    @Test func beginsAnewWhereThingsGoBack() {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 500, fraction: 0.5)
        motion.note(at: .seconds(10), bytes: 100, fraction: 0.1)
        #expect(motion.bytesPerSecond == nil)
    }

    @Test func knowsNoEndWhereNothingMoves() {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 5, fraction: 0.5)
        motion.note(at: .seconds(10), bytes: 5, fraction: 0.5)
        #expect(motion.bytesPerSecond == 0)
        #expect(motion.timeLeft == nil)
    }
}
