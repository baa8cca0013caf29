import PrecacheModel
import ServiceAPI
import Synchronization
import Telemetry

/// Whether jobs can be accepted and go on, as found out every few seconds.
final class Readiness: ReadinessProbe {
    /// How often the database is tried.
    static let interval = Duration.seconds(2)
    /// How old the last good try may be.
    static let patience = Duration.seconds(10)

    private struct State {
        var lastGood: ContinuousClock.Instant?
        var trouble: (any Error)?
        var isOutdated = false
    }

    private let state = Mutex(State())
    private let doubt: @Sendable () -> StoreError?
    private let dispatcher: @Sendable () -> (isHealthy: Bool, problem: String?)

    /// - Parameters:
    ///   - doubt: What a write failed of since the last good try, if any did.
    ///   - dispatcher: How the dispatcher is.
    init(
        doubt: @escaping @Sendable () -> StoreError?,
        dispatcher: @escaping @Sendable () -> (isHealthy: Bool, problem: String?)
    ) {
        self.doubt = doubt
        self.dispatcher = dispatcher
    }

    /// Tries the database again and again until the task is cancelled.
    ///
    /// - Parameters:
    ///   - check: The try.
    ///   - onEnd: Told what went wrong each time, nil if nothing did.
    func watch(
        _ check: @Sendable () async throws -> Void,
        onEnd: @Sendable ((any Error)?) -> Void = { _ in }
    ) async {
        while !Task.isCancelled {
            do {
                try await check()
                state.withLock { ($0.lastGood, $0.trouble) = (.now, nil) }
                onEnd(nil)
            } catch {
                onEnd(error)
                state.withLock { $0.trouble = error }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Shows it as a metric, as `/readyz` would say it.
    func show(in metrics: MetricsRegistry, unless stop: StopSignal) {
        let help = "1 while /readyz says yes: jobs are accepted and go on. Else 0."
        metrics.observed(.gauge, "precached_ready", help: help) { [self] in
            stop.isRaised || obstacle() != nil ? 0 : 1
        }
    }

    /// A newer version has changed the database.
    func becomeOutdated() { state.withLock { $0.isOutdated = true } }

    func obstacle() -> String? {
        let (lastGood, trouble, isOutdated) = state.withLock { ($0.lastGood, $0.trouble, $0.isOutdated) }
        if isOutdated { return "a newer version has changed the database: this one has to be updated" }
        if let trouble = trouble ?? doubt() {
            let isMoved = (trouble as? StoreError)?.code == .moved
            return isMoved
                ? "the database was moved away or replaced" : "the database doesn't take writes now"
        }
        guard let lastGood, lastGood.duration(to: .now) < Self.patience else {
            return "the database hasn't answered for a while"
        }
        let dispatcher = dispatcher()
        if dispatcher.isHealthy { return nil }
        return dispatcher.problem == nil
            ? "the dispatcher is starting" : "the dispatcher can't use the database"
    }
}

/// Gauges of what the store holds, read every few seconds.
struct StatisticsGauges: Sendable {
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
