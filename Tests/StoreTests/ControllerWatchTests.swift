import PrecacheModel
import Store
import Testing

@Suite struct ControllerWatchTests {
    private func record(_ number: Int64, beat: Int64) -> ControllerRecord {
        ControllerRecord(
            number: number,
            name: "c\(number)",
            version: "1",
            process: "",
            beat: beat,
            startedAt: Timestamp(microseconds: 0),
            seenAt: Timestamp(microseconds: 0),
            clockOffset: .zero,
            openJobs: 0
        )
    }

    /// Looks at one other controller at these seconds; returns the second at which it was found dead.
    private func looks(_ looks: [(at: Double, beat: Int64)], taking: Double = 0) -> Double? {
        var watch = ControllerWatch(patience: .seconds(15), attention: .seconds(5))
        for look in looks {
            let dead = watch.look(
                [record(1, beat: 1), record(2, beat: look.beat)],
                own: 1,
                began: .seconds(look.at),
                ended: .seconds(look.at + taking)
            )
            if dead.map(\.number) == [2] { return look.at }
            #expect(dead.isEmpty)
        }
        return nil
    }

    @Test func aBeatThatStandsStillForThePatienceIsDead() {
        #expect(looks((0...9).map { (Double($0) * 3, 7) }) == 15)
        #expect(looks((0...9).map { (Double($0) * 3, Int64($0 / 4)) }) == nil, "one that beats slowly lives")
    }

    @Test func theTimeOfALookIsNotCountedAgainstOthers() {
        #expect(looks((0...9).map { (Double($0) * 3, 7) }, taking: 2) == 18)
    }

    @Test func whoCouldNotSeeWaitsAllOfThePatienceAgain() {
        // Looks at 0, 3, 6, then nothing for 14 s, as in a process that was stopped.
        let stopped = [0.0, 3, 6] + (0...5).map { 20 + Double($0) * 3 }
        #expect(looks(stopped.map { ($0, 7) }) == 35)
        // The same with a look that took that long, as a database that was away makes it.
        #expect(looks((0...3).map { (Double($0) * 6, 7) }, taking: 5.5) == nil)
    }

    @Test func aFailureBeginsAnew() {
        var watch = ControllerWatch(patience: .seconds(15), attention: .seconds(5))
        var dead: [ControllerRecord] = []
        for second in stride(from: 0, through: 27, by: 3) {
            if second == 12 { watch.lookAway() }
            let now = Duration.seconds(second)
            dead = watch.look([record(2, beat: 7)], own: 1, began: now, ended: now)
            #expect(dead.isEmpty == (second < 27), "\(second)")
        }
    }

    @Test func aNewNumberIsANewController() {
        var watch = ControllerWatch(patience: .seconds(15), attention: .seconds(5))
        for second in stride(from: 0, through: 30, by: 3) {
            let now = Duration.seconds(second)
            #expect(watch.look([record(Int64(second), beat: 0)], own: 1, began: now, ended: now).isEmpty)
        }
    }
}
