import Logging
import PrecacheModel
import Telemetry

/// Tells of hosts that go down and come up, a line each, and shows free disks and versions.
///
/// Used by one task.
struct FleetWatch {
    /// The most hosts that one look names; the rest is a number.
    static let named = 20

    private let logger: Logger
    private let freeBytes: Gauge
    private let versions: Gauge
    private var states: [HostName: HostState] = [:]
    /// Since when somebody has listened: who was silent before may have spoken to nobody.
    private let began: Timestamp

    init(_ metrics: MetricsRegistry, _ logger: Logger, since began: Timestamp) {
        self.logger = logger
        self.began = began
        freeBytes = metrics.gauge(
            "precached_host_disk_free_bytes",
            help: "Free on the file system of a host's cache, by its last heartbeat.",
            labels: ["host"]
        )
        versions = metrics.gauge(
            "precached_agents",
            help: "Hosts whose agent is up, by the agent's version.",
            labels: ["version"]
        )
    }

    /// Takes what all agents last said, hosts that never sent a heartbeat left out.
    mutating func look(_ sightings: [AgentSighting], now: Timestamp) {
        var (down, up): ([AgentSighting], [AgentSighting]) = ([], [])
        var counts: [String: Int] = [:]
        let before = states
        states = [:]
        for sighting in sightings {
            let state = HostState.of(
                receivedAt: max(sighting.receivedAt, began),
                interval: sighting.interval,
                now: now
            )
            states[sighting.host] = state
            if state == .up { counts[sighting.version ?? "unknown", default: 0] += 1 }
            switch (before[sighting.host], state) {
            case (.down, .up): up.append(sighting)
            case (.down, _): break
            case (_, .down): down.append(sighting)
            default: break
            }
        }
        show(sightings, counts)
        tell(down, "host down", .warning)
        tell(up, "host up", .notice)
    }

    private func tell(_ hosts: [AgentSighting], _ what: String, _ level: Logger.Level) {
        for host in hosts.prefix(Self.named) {
            logger.log(
                level: host.isEnabled ? level : .info,
                "\(what)",
                metadata: ["host": "\(host.host)", "last_heartbeat": "\(host.receivedAt)"]
            )
        }
        guard hosts.count > Self.named else { return }
        let more = hosts.count - Self.named
        logger.log(level: level, "\(what), and more", metadata: ["more": "\(more)"])
    }

    private func show(_ sightings: [AgentSighting], _ counts: [String: Int]) {
        freeBytes.show(
            sightings.compactMap { sighting in sighting.diskFreeBytes.map { (sighting.host.text, Double($0)) }
            }
        )
        versions.show(counts.map { ($0, Double($1)) })
    }
}
