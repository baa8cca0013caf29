import HTTPServing
import HTTPTypes
import Synchronization
import Telemetry

/// Counts and times requests.
final class RequestMetrics: Sendable {
    /// The series of the last request, which most often is the next one's too.
    private struct Last {
        let method: HTTPRequest.Method?
        let route: String?
        let status: Int
        let cell: HistogramCell
    }

    private let seconds: Histogram
    private let sent: CounterCell
    private let last = Mutex<Last?>(nil)

    init(_ metrics: MetricsRegistry) {
        seconds = metrics.histogram(
            "precached_http_request_seconds",
            help: "From a request's complete head to the last byte of its answer.",
            labels: ["method", "route", "status"],
            buckets: Histogram.requestSeconds
        )
        sent = metrics.counter("precached_http_sent_bytes_total", help: "Bytes of answers' bodies.").cell()
    }

    /// Notes a request that is over.
    func note(_ record: RequestRecord) {
        sent.increment(by: record.bytesSent)
        cell(of: record).observe(record.duration)
    }

    private func cell(of record: RequestRecord) -> HistogramCell {
        last.withLock { last in
            if let last, last.status == record.status, last.route == record.route,
                last.method == record.method
            {
                return last.cell
            }
            let cell = seconds.cell(
                Self.method(record),
                record.route ?? "none",
                Self.statusClass(record.status)
            )
            last = Last(method: record.method, route: record.route, status: record.status, cell: cell)
            return cell
        }
    }

    /// A closed list: a stranger's methods must not make series.
    private static func method(_ record: RequestRecord) -> String {
        let name = record.method?.rawValue ?? "none"
        return ["GET", "HEAD", "POST", "PUT", "DELETE"].contains(name) ? name : "other"
    }

    private static func statusClass(_ status: Int) -> String {
        switch status {
        case 200..<300: "2xx"
        case 300..<400: "3xx"
        case 401: "401"
        case 403: "403"
        case 429: "429"
        case 499: "499"
        case 400..<500: "4xx"
        default: "5xx"
        }
    }
}
