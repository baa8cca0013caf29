import PrecacheModel
package import Telemetry

/// The dispatcher's metrics.
package struct FanOutMetrics {
    private let attempts: CounterCell
    private let retries: Counter
    private let outcomes: Counter
    private let stale: CounterCell
    private let fetched: CounterCell
    private let ledgerFailures: CounterCell
    private let inFlight: GaugeCell
    private let openJobs: GaugeCell
    private let sourceInUse: Gauge
    private let queueAge: GaugeCell
    private let unsaved: GaugeCell
    private let healthy: GaugeCell
    private let duration: HistogramCell

    init(_ registry: MetricsRegistry) {
        attempts = registry.counter("precached_attempts_total", help: "Attempts begun on hosts.").cell()
        retries = registry.counter(
            "precached_retries_total",
            help: "Images on a host that wait for another attempt, by the reason of the last.",
            labels: ["reason"]
        )
        outcomes = Self.outcomes(in: registry)
        Self.begin(outcomes, retries)
        stale = registry.counter("precached_stale_reports_total", help: "Reports of a past attempt.").cell()
        fetched = registry.counter(
            "precached_downloaded_bytes_total",
            help:
                "Bytes that hosts have fetched, as their agents reported at the end of each image's attempt."
        ).cell()
        ledgerFailures = registry.counter(
            "precached_ledger_failures_total",
            help: "Calls of the database by the dispatcher that failed and are made again."
        ).cell()
        inFlight = registry.gauge("precached_hosts_in_flight", help: "Hosts being worked on.").cell()
        openJobs = registry.gauge("precached_open_jobs", help: "Jobs that have not ended.").cell()
        sourceInUse = registry.gauge(
            "precached_source_downloads",
            help: "Hosts that may be downloading from an image source.",
            labels: ["source"]
        )
        queueAge = registry.gauge(
            "precached_queue_age_seconds",
            help: "How long the job that has waited longest for a free slot has waited."
        ).cell()
        unsaved = registry.gauge(
            "precached_unsaved_reports",
            help: "Reports of agents that are not in the database yet."
        ).cell()
        healthy = registry.gauge(
            "precached_dispatcher_healthy",
            help: "1 if the dispatcher can read and write the database, else 0."
        ).cell()
        duration = registry.histogram(
            "precached_attempt_seconds",
            help: "How long attempts took.",
            buckets: [0.01, 0.1, 1, 5, 15, 60, 300, 900, 1800, 3600]
        ).cell()
    }

    /// Shows every series that there can be as 0, so that a rate over it sees the first of its kind, also after a restart.
    private static func begin(_ outcomes: Counter, _ retries: Counter) {
        for outcome in [Outcome.cached, .existing] { _ = outcomes.cell(outcome.rawValue, "") }
        let others: [Reason: Outcome] = [
            .hostDown: .skipped, .hostDisabled: .skipped, .unsupportedBackend: .unsupported,
            .cancelled: .cancelled,
        ]
        for reason in Reason.allCases {
            _ = outcomes.cell((others[reason] ?? .error).rawValue, reason.rawValue)
            // A conversion is tried again where the host cut it short.
            if reason.isRetryable || reason == .conversionFailed { _ = retries.cell(reason.rawValue) }
        }
    }

    /// Final outcomes, for whoever ends results beside the dispatcher, too.
    package static func outcomes(in registry: MetricsRegistry) -> Counter {
        registry.counter(
            "precached_outcomes_total",
            help: "Final outcomes of an image on a host.",
            labels: ["outcome", "reason"]
        )
    }

    func attemptBegan() { attempts.increment() }

    func attemptEnded(after time: Duration) { duration.observe(time) }

    func ledgerFailed() { ledgerFailures.increment() }

    /// Counts what the ledger has written down.
    func recorded(_ reports: ArraySlice<HostReport>, _ change: LedgerChange) {
        var bytes: Int64 = 0
        for report in reports {
            for image in report.images {
                // What is there already wasn't fetched.
                if image.outcome != .existing { bytes = ByteProgress.boundedSum(bytes, image.bytesDone) }
                let reason = image.reason?.rawValue ?? ""
                if image.outcome.isFinal {
                    outcomes.increment(by: 1, image.outcome.rawValue, reason)
                } else {
                    retries.increment(by: 1, reason)
                }
            }
        }
        fetched.increment(by: Int(clamping: max(0, bytes)))
        stale.increment(by: change.staleReports)
    }

    /// Counts what a bulk finish has finished.
    func finished(_ outcome: Outcome, _ change: LedgerChange) {
        for (reason, count) in change.finishedResults {
            outcomes.increment(by: count, outcome.rawValue, reason.rawValue)
        }
    }

    /// Shows how things stand.
    func show(_ status: DispatcherStatus, sources: [SourceKey: Int], queueAge age: Duration) {
        inFlight.set(Double(status.inFlight))
        openJobs.set(Double(status.openJobs))
        unsaved.set(Double(status.unsavedReports))
        healthy.set(status.isHealthy ? 1 : 0)
        queueAge.set(age / .seconds(1))
        sourceInUse.show(sources.map { ($0.text, Double($1)) })
    }
}
