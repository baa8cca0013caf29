import Testing

@testable import AgentApp

@Suite struct HeartbeatPauseTests {
    /// The service takes a host for down after three intervals, and gives as many to all when it starts.
    @Test(arguments: [0, 1, 2, 3, 4, 100])
    func aServiceThatComesBackHearsOfTheHostBeforeItCountsAsDown(failures: Int) {
        for _ in 0..<50 {
            let pause = HeartbeatSender.pause(.seconds(30), after: failures)
            #expect(pause >= .seconds(27))
            #expect(pause <= .seconds(failures < 2 ? 30 : 60))
        }
    }
}
