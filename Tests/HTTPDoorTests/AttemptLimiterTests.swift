import Testing

@testable import HTTPDoor

@Suite struct AttemptLimiterTests {
    private let start = ContinuousClock.now

    @Test func aBurstPassesAndTheNextHasToWait() {
        var limiter = AttemptLimiter(limits: AttemptLimits(burst: 3, interval: .seconds(2)))
        for _ in 0..<3 { #expect(limiter.failure(from: "a", now: start) == nil) }
        #expect(limiter.failure(from: "a", now: start) == .seconds(2))
        #expect(limiter.failure(from: "b", now: start) == nil, "another address isn't concerned")
    }

    @Test func timeGivesDropsBackButNeverMoreThanTheBurst() {
        var limiter = AttemptLimiter(limits: AttemptLimits(burst: 2, interval: .seconds(2)))
        for _ in 0..<2 { #expect(limiter.failure(from: "a", now: start) == nil) }
        #expect(limiter.failure(from: "a", now: start + .seconds(2)) == nil)
        #expect(limiter.failure(from: "a", now: start + .seconds(3)) == .seconds(1))
        let late = start + .seconds(3600)
        for _ in 0..<2 { #expect(limiter.failure(from: "a", now: late) == nil) }
        #expect(limiter.failure(from: "a", now: late) != nil)
    }

    @Test func waitingTellsWhatAFailureWould() {
        var limiter = AttemptLimiter(limits: AttemptLimits(burst: 1, interval: .seconds(4)))
        #expect(limiter.wait(for: "a", now: start) == nil)
        _ = limiter.failure(from: "a", now: start)
        #expect(limiter.wait(for: "a", now: start + .seconds(1)) == .seconds(3))
        #expect(limiter.wait(for: "a", now: start + .seconds(4)) == nil)
    }

    @Test func aFloodOfAddressesDoesNotGrowMemory() {
        var limiter = AttemptLimiter(limits: AttemptLimits(burst: 1, interval: .seconds(60), addresses: 64))
        for number in 0..<10_000 {
            _ = limiter.failure(from: "\(number)", now: start + .microseconds(number))
            #expect(limiter.count <= 64)
        }
        #expect(limiter.wait(for: "9999", now: start + .seconds(1)) != nil, "the latest are still known")
    }

    @Test func aClockThatStandsStillOrGoesBackGivesNothing() {
        var limiter = AttemptLimiter(limits: AttemptLimits(burst: 1, interval: .seconds(1)))
        _ = limiter.failure(from: "a", now: start)
        #expect(limiter.failure(from: "a", now: start - .seconds(100)) != nil)
    }
}
