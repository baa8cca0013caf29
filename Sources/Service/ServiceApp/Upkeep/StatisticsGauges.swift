import PrecacheModel
import Telemetry

/// Gauges of what the store holds, read every few seconds.
struct StatisticsGauges: Sendable {
    /// How often the store is asked.
    static let interval = Duration.seconds(5)

    private let jobs: Gauge
    private let hosts: Gauge
    private let disabled: GaugeCell
    private let results: Gauge
    private let oldest: GaugeCell

    init(_ metrics: MetricsRegistry) {
        jobs = metrics.gauge("precached_jobs", help: "Jobs kept, by state.", labels: ["state"])
        hosts = metrics.gauge("precached_hosts", help: "Hosts of the inventory, by state.", labels: ["state"])
        disabled = metrics.gauge("precached_hosts_disabled", help: "Hosts that take no work.").cell()
        results = metrics.gauge(
            "precached_open_results",
            help: "Images on hosts of jobs that haven't ended, by outcome.",
            labels: ["outcome"]
        )
        oldest = metrics.gauge(
            "precached_oldest_pending_seconds",
            help: "How long ago the oldest work that nobody has begun was accepted; 0 if there is none."
        ).cell()
    }

    /// Shows figures until the task is cancelled.
    func run(
        _ statistics: @Sendable () async throws -> ServiceStatistics,
        clock: @Sendable () -> Timestamp
    ) async {
        while !Task.isCancelled {
            if let figures = try? await statistics() { show(figures, now: clock()) }
            try? await Task.sleep(for: Self.interval)
        }
    }

    func show(_ figures: ServiceStatistics, now: Timestamp) {
        for state in JobState.allCases { jobs.set(Double(figures.jobs[state] ?? 0), state.rawValue) }
        for state in HostState.allCases { hosts.set(Double(figures.hosts[state] ?? 0), state.rawValue) }
        disabled.set(Double(figures.disabledHosts))
        for outcome in Outcome.allCases {
            results.set(Double(figures.openResults[outcome]), outcome.rawValue)
        }
        oldest.set(figures.oldestPendingSince.map { max(0, (now - $0) / .seconds(1)) } ?? 0)
    }
}
