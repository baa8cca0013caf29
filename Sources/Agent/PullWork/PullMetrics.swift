import PrecacheModel
package import Telemetry

/// What the agent's work looks like from outside.
package final class PullMetrics: Sendable {
    let fetchedBytes: CounterCell
    let resumedBytes: CounterCell
    let duplicateBytes: CounterCell
    let peerBytes: CounterCell
    let givenBytes: CounterCell
    let peerFaults: CounterCell
    let refusedUploads: CounterCell
    let openRelays: GaugeCell
    let brokenTransfers: CounterCell
    let runningDownloads: GaugeCell
    let runningTasks: GaugeCell
    let lockWaits: Histogram
    private let images: Counter

    /// Registers the metrics.
    package init(_ registry: MetricsRegistry) {
        fetchedBytes =
            registry.counter(
                "precache_agent_fetched_bytes_total",
                help: "Bytes of images received from sources."
            )
            .cell()
        resumedBytes =
            registry.counter(
                "precache_agent_resumed_bytes_total",
                help: "Bytes of images taken over from interrupted downloads."
            )
            .cell()
        duplicateBytes =
            registry.counter(
                "precache_agent_duplicate_bytes_total",
                help: "Bytes of pieces that came from two neighbours."
            )
            .cell()
        peerBytes =
            registry.counter(
                "precache_agent_peer_bytes_total",
                help: "Bytes of pieces received from neighbours."
            )
            .cell()
        givenBytes =
            registry.counter("precache_agent_given_bytes_total", help: "Bytes of pieces given to neighbours.")
            .cell()
        refusedUploads =
            registry.counter(
                "precache_agent_refused_uploads_total",
                help: "Requests for pieces answered 429, since as many were being given as may be."
            )
            .cell()
        openRelays =
            registry.gauge("precache_agent_relays_open", help: "Images that neighbours may have pieces of.")
            .cell()
        peerFaults =
            registry.counter(
                "precache_agent_peer_faults_total",
                help: "Neighbours that gave something wrong and were left."
            )
            .cell()
        brokenTransfers =
            registry.counter(
                "precache_agent_broken_transfers_total",
                help: "Transfers that broke off and were gone on with."
            )
            .cell()
        runningDownloads =
            registry.gauge("precache_agent_downloads_running", help: "Downloads that are running.").cell()
        runningTasks = registry.gauge("precache_agent_tasks_running", help: "Tasks that are running.").cell()
        lockWaits = registry.histogram(
            "precache_agent_lock_wait_seconds",
            help: "Waits while somebody else on the host fetched the same image, by how they ended.",
            labels: ["result"],
            buckets: Histogram.transferSeconds
        )
        images = registry.counter(
            "precache_agent_images_total",
            help: "Images done with, by outcome and reason.",
            labels: ["outcome", "reason"]
        )
    }

    func count(_ outcome: ImageOutcome) {
        images.increment(outcome.outcome.rawValue, outcome.reason?.rawValue ?? "")
    }
}
