import PrecacheModel
import Testing

@Suite struct HostStateTests {
    private let now = Timestamp(microseconds: 1_000_000_000_000)

    @Test func aHostThatNeverSentAHeartbeatIsUnknown() {
        #expect(HostState.of(nil, now: now) == .unknown)
    }

    @Test(arguments: [(0.0, HostState.up), (89.999, .up), (90, .down), (86_400, .down)])
    func itIsDownFromTheThirdMissedInterval(age: Double, state: HostState) {
        let receivedAt = now - .seconds(age)
        #expect(HostState.of(receivedAt: receivedAt, interval: .seconds(30), now: now) == state)
    }

    @Test func aClockSetBackMakesNobodyUpForEver() {
        let ahead = now + .seconds(3600)
        #expect(HostState.of(receivedAt: ahead, interval: .seconds(30), now: now) == .unknown)
        let slightly = now + .seconds(1)
        #expect(HostState.of(receivedAt: slightly, interval: .seconds(30), now: now) == .up)
    }

    @Test func anIntervalOfNothingCountsAsASecond() {
        #expect(HostState.of(receivedAt: now - .seconds(2), interval: .zero, now: now) == .up)
        #expect(HostState.of(receivedAt: now - .seconds(3), interval: .zero, now: now) == .down)
    }
}
