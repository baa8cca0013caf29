package import Telemetry

/// The cache's upkeep as seen from outside.
package final class UpkeepMetrics: Sendable {
    let sweeps: Counter
    let sweepDuration: HistogramCell
    let removed: Counter
    let removedBytes: Counter
    let scrubbedBytes: CounterCell
    let scrubbedFiles: CounterCell
    let damagedFiles: CounterCell
    let lostPins: CounterCell
    private let files: Gauge
    private let bytes: GaugeCell
    private let unknown: GaugeCell
    private let problems: GaugeCell

    package init(_ registry: MetricsRegistry) {
        sweeps = registry.counter(
            "precache_agent_sweeps_total",
            help: "Sweeps of the cache, by result.",
            labels: ["result"]
        )
        sweepDuration =
            registry.histogram(
                "precache_agent_sweep_duration_seconds",
                help: "How long sweeps of the cache took.",
                buckets: [0.01, 0.1, 0.5, 1, 5, 30, 120]
            )
            .cell()
        removed = registry.counter(
            "precache_agent_removed_files_total",
            help: "Files removed from the cache, by reason.",
            labels: ["reason"]
        )
        removedBytes = registry.counter(
            "precache_agent_removed_bytes_total",
            help: "Bytes of disk that removals freed, by reason.",
            labels: ["reason"]
        )
        scrubbedBytes =
            registry.counter("precache_agent_scrubbed_bytes_total", help: "Bytes of cached files read again.")
            .cell()
        scrubbedFiles =
            registry.counter("precache_agent_scrubbed_files_total", help: "Cached files read again in full.")
            .cell()
        damagedFiles =
            registry.counter(
                "precache_agent_damaged_files_total",
                help: "Cached files whose bytes no longer were what they had been."
            )
            .cell()
        lostPins =
            registry.counter(
                "precache_agent_lost_pins_total",
                help: "Pinned or leased images whose file somebody else removed."
            )
            .cell()
        files = registry.gauge(
            "precache_agent_cache_files",
            help: "Recognised files in the cache directory at the last sweep, by what keeps them.",
            labels: ["kept"]
        )
        bytes =
            registry.gauge(
                "precache_agent_cache_disk_bytes",
                help: "What recognised files in the cache directory took on the disk at the last sweep."
            )
            .cell()
        unknown =
            registry.gauge(
                "precache_agent_cache_unknown_files",
                help: "Entries of the cache directory that aren't recognised and are left alone."
            )
            .cell()
        problems =
            registry.gauge(
                "precache_agent_usage_problems",
                help:
                    "What couldn't be looked into: instances' disks and folders, with any of which nothing is removed, "
                    + "and cached files, which then stay."
            )
            .cell()
    }

    func note(_ summary: SweepSummary) {
        sweeps.increment(summary.failure == nil ? "ok" : "failed")
        sweepDuration.observe(summary.duration)
        guard summary.failure == nil else { return }
        for reason in KeepReason.allCases { files.set(Double(summary.kept[reason] ?? 0), reason.rawValue) }
        bytes.set(Double(summary.diskBytes - summary.removedBytes))
        unknown.set(Double(summary.unknown))
        problems.set(Double(summary.problems + summary.stayed.values.count { $0 == .usageUnknown }))
    }

    func note(_ removal: RemovalNote) {
        removed.increment(removal.reason.rawValue)
        removedBytes.increment(by: Int(clamping: removal.diskBytes), removal.reason.rawValue)
    }
}
