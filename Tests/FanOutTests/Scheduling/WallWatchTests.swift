import PrecacheModel
import Testing

@testable import FanOut

@Suite struct WallWatchTests {
    @Test func bothScalesAgreeWhileNobodySetsTheClock() {
        var watch = WallWatch(startingAt: Samples.start)
        let (time, hasJumped) = watch.read(Samples.start + .seconds(7), at: .seconds(7))
        #expect(time.steady == time.wall)
        #expect(!hasJumped)
        #expect(watch.heartbeatsSince == Samples.start)
    }

    @Test(arguments: [Duration.seconds(-3600), .seconds(3600)])
    func aJumpMovesTheWallAloneAndRestartsTheJudgingOfHeartbeats(_ shift: Duration) {
        var watch = WallWatch(startingAt: Samples.start)
        let wall = Samples.start + .seconds(10) + shift
        let first = watch.read(wall, at: .seconds(10))
        #expect(first.hasJumped)
        #expect(first.time.steady == Samples.start + .seconds(10))
        #expect(watch.heartbeatsSince == wall)
        let second = watch.read(wall + .seconds(5), at: .seconds(15))
        #expect(!second.hasJumped, "one jump counts once")
        #expect(watch.heartbeatsSince == wall)
    }

    @Test func slowCorrectionsAreNoJump() {
        var watch = WallWatch(startingAt: Samples.start)
        for second in 1...1000 {
            let slewed = Samples.start + .milliseconds(second * 1500)
            #expect(watch.read(slewed, at: .seconds(second)).hasJumped == false)
        }
    }

    @Test func convertsBothWays() {
        let watch = WallWatch(startingAt: Samples.start)
        #expect(watch.moment(watch.steady(.seconds(90))) == .seconds(90))
    }
}
