import PrecacheModel
import Testing

@testable import FanOut

@Suite struct AvailabilityTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var isEnabled = true
        var heartbeat: Duration?
        var since = Duration.zero
        let now: Duration
        let reason: Reason?
    }

    static let rows = [
        Row(testDescription: "never sent a heartbeat", now: .seconds(9999), reason: nil),
        Row(testDescription: "disabled", isEnabled: false, now: .zero, reason: .hostDisabled),
        Row(testDescription: "fresh", heartbeat: .seconds(100), now: .seconds(189), reason: nil),
        Row(testDescription: "three missed", heartbeat: .seconds(100), now: .seconds(190), reason: .hostDown),
        Row(
            testDescription: "old, but we only just started",
            heartbeat: .seconds(-5000),
            since: .seconds(150),
            now: .seconds(190),
            reason: nil
        ),
        Row(
            testDescription: "old, and we started long ago",
            heartbeat: .seconds(-5000),
            since: .seconds(100),
            now: .seconds(190),
            reason: .hostDown
        ),
    ]

    @Test(arguments: rows)
    func judges(_ row: Row) throws {
        let host = ClaimedHost(
            ordinal: 0,
            name: try HostName("h"),
            address: "::1",
            port: 1,
            isEnabled: row.isEnabled,
            heartbeatAt: row.heartbeat.map { Samples.start + $0 },
            heartbeatInterval: .seconds(30),
            attempt: 1,
            images: [0]
        )
        let obstacle = Availability.obstacle(
            host,
            heartbeatsSince: Samples.start + row.since,
            wall: Samples.start + row.now
        )
        #expect(obstacle?.reason == row.reason)
    }
}
