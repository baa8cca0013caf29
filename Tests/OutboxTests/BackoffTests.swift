import Testing

@testable import Outbox

@Suite struct BackoffTests {
    @Test(arguments: [
        (1, 0.0, 0.5), (1, 1.0, 1.0), (2, 1.0, 2.0), (5, 0.5, 12.0), (11, 0.0, 300.0), (1_000, 1.0, 600.0),
    ])
    func doublesFromASecondToTenMinutes(failures: Int, random: Double, seconds: Double) {
        let delay = Backoff.delay(after: failures, random: random)
        #expect(abs(delay / .seconds(1) - seconds) < 0.001)
    }
}
