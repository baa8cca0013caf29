import Logging
import PrecacheModel
import Telemetry

/// Tells of hosts that go down and come up, a line each, and shows free disks and versions.
///
/// Used by one task.
struct FleetWatch {
    /// How often the heartbeats are looked at.
    static let interval = Duration.seconds(10)
    /// The most hosts that one look names; the rest is a number.
    static let named = 20

    private let logger: Logger
    private let freeBytes: Gauge
    private let versions: Gauge
    private var states: [HostName: HostState] = [:]
    private var shownDisks: Set<HostName> = []
    private var shownVersions: Set<String> = []
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

    /// Looks until the task is cancelled; `onEnd` is told what went wrong each time, nil if nothing did.
    mutating func run(
        _ sightings: @Sendable () async throws -> [AgentSighting],
        clock: @Sendable () -> Timestamp,
        onEnd: @Sendable ((any Error)?) -> Void
    ) async {
        while !Task.isCancelled {
            do {
                look(try await sightings(), now: clock())
                onEnd(nil)
            } catch {
                onEnd(error)
            }
            try? await Task.sleep(for: Self.interval)
        }
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

    private mutating func show(_ sightings: [AgentSighting], _ counts: [String: Int]) {
        var disks: Set<HostName> = []
        for sighting in sightings {
            guard let free = sighting.diskFreeBytes else { continue }
            disks.insert(sighting.host)
            freeBytes.set(Double(free), sighting.host.text)
        }
        for host in shownDisks.subtracting(disks) { freeBytes.remove(host.text) }
        for version in shownVersions where counts[version] == nil { versions.remove(version) }
        for (version, count) in counts { versions.set(Double(count), version) }
        (shownDisks, shownVersions) = (disks, Set(counts.keys))
    }
}
