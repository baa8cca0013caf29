import PrecacheModel
import Telemetry
import TestSupport
import Testing

@testable import ServiceApp

/// Which hosts went down and came up, and what their agents say: told once each, and shown.
@Suite struct FleetWatchTests {
    private let lines = LogLines()
    private let metrics = MetricsRegistry()
    private let start = Timestamp(microseconds: 1_800_000_000_000_000)

    private func sighting(
        _ name: String,
        silentFor age: Int = 0,
        isEnabled: Bool = true,
        version: String? = "1.0",
        free: Int64? = 5
    ) throws -> AgentSighting {
        AgentSighting(
            host: try HostName(name),
            isEnabled: isEnabled,
            receivedAt: start - .seconds(age),
            interval: .seconds(30),
            version: version,
            diskFreeBytes: free
        )
    }

    private var told: [String] { lines.all.map { "\($0.level) \($0.message) \($0.facts["host"] ?? "")" } }

    private var shown: [String] {
        String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }

    @Test func eachWayIsToldOnce() throws {
        var watch = FleetWatch(metrics, lines.logger, since: start - .seconds(1_000))
        let (up, down) = (try sighting("n1"), try sighting("n1", silentFor: 90))
        for sighting in [up, up, down, down, up, up] { watch.look([sighting], now: start) }
        #expect(told == ["warning host down n1", "notice host up n1"])
    }

    @Test func disabledHostsAreToldQuietly() throws {
        var watch = FleetWatch(metrics, lines.logger, since: start - .seconds(1_000))
        let gone = try sighting("n2", silentFor: 500, isEnabled: false)
        for _ in 0..<2 { watch.look([try sighting("n1", silentFor: 500), gone], now: start) }
        #expect(told == ["warning host down n1", "info host down n2"])
    }

    /// The service was away: the hosts may have spoken to nobody.
    @Test func silenceCountsFromTheServicesStart() throws {
        var watch = FleetWatch(metrics, lines.logger, since: start)
        let silent = try sighting("n1", silentFor: 500)
        watch.look([silent], now: start + .seconds(89))
        #expect(told.isEmpty)
        watch.look([silent], now: start + .seconds(90))
        #expect(told == ["warning host down n1"])
    }

    @Test func aFleetThatGoesDownIsFewLines() throws {
        var watch = FleetWatch(metrics, lines.logger, since: start - .seconds(1_000))
        let names = (0..<500).map { "n\($0)" }
        watch.look(try names.map { try sighting($0) }, now: start)
        watch.look(try names.map { try sighting($0, silentFor: 90) }, now: start)
        #expect(lines.all.count == FleetWatch.named + 1)
        #expect(lines.all.last?.facts["more"] == "480")
    }

    @Test func freeDisksAndVersionsAreThoseOfNow() throws {
        var watch = FleetWatch(metrics, lines.logger, since: start - .seconds(1_000))
        watch.look([try sighting("n1"), try sighting("n2", version: "2.0", free: nil)], now: start)
        #expect(
            shown == [
                #"precached_agents{version="1.0"} 1"#, #"precached_agents{version="2.0"} 1"#,
                #"precached_host_disk_free_bytes{host="n1"} 5"#,
            ]
        )
        // One was removed, the other brought up to date.
        watch.look([try sighting("n2", version: "3.0", free: 7)], now: start)
        #expect(
            shown == [
                #"precached_agents{version="3.0"} 1"#, #"precached_host_disk_free_bytes{host="n2"} 7"#,
            ]
        )
    }

    private func controller(_ number: Int64, _ name: String, offset: Duration = .zero) -> ControllerRecord {
        ControllerRecord(
            number: number,
            name: name,
            version: "1",
            process: "",
            beat: 1,
            startedAt: start,
            seenAt: start - .seconds(number),
            clockOffset: offset,
            openJobs: 2
        )
    }

    @Test func controllersAreShownAndAWrongClockIsToldOnceEachWay() {
        var gauges = ControllerGauges(metrics, lines.logger)
        gauges.show([controller(1, "a"), controller(2, "b"), controller(5, "b")], own: 1, now: start)
        let expected = [
            "precached_clock_offset_seconds 0", "precached_controllers 3",
            #"precached_controller_info{controller="b",number="5",version="1"} 1"#,
            #"precached_controller_open_jobs{controller="a"} 2"#,
            #"precached_controller_open_jobs{controller="b"} 4"#,
            #"precached_controller_beat_age_seconds{controller="b"} 5"#,
        ]
        for line in expected { #expect(shown.contains(line), "\(line)") }
        for offset in [2, -3, 0, 1] {
            gauges.show([controller(1, "a", offset: .seconds(offset))], own: 1, now: start)
        }
        #expect(lines.all.map { "\($0.level)" } == ["warning", "notice"])
        #expect(shown.contains("precached_clock_offset_seconds 1"))
        #expect(!shown.contains { $0.contains(#"controller="b""#) }, "who is gone isn't shown")
    }
}
