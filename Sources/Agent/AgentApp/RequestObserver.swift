import HTTPServing
import HTTPTypes
import Logging
import Telemetry

/// Counts and logs what became of requests; never their query or headers.
struct RequestObserver: Sendable {
    private let durations: Histogram
    private let logger = Logger(label: "http")

    init(_ metrics: MetricsRegistry) {
        durations = metrics.histogram(
            "precache_agent_http_request_seconds",
            help: "Time to answer a request, streams included, by method, route and status.",
            labels: ["method", "route", "status"],
            buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600]
        )
    }

    @Sendable func observe(_ record: RequestRecord) {
        let (method, route) = (record.method?.rawValue ?? "", record.route ?? "")
        let seconds =
            Double(record.duration.components.seconds) + Double(record.duration.components.attoseconds) / 1e18
        // Methods are a stranger's words: only those of a route become a label.
        durations.observe(seconds, record.route == nil ? "" : method, route, "\(record.status)")
        logger.debug(
            "request",
            metadata: [
                "request": "\(record.id)", "method": "\(method)", "route": "\(route)",
                "status": "\(record.status)", "peer": "\(record.peer.address)",
            ]
        )
    }
}
