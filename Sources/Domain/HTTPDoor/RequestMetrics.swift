package import HTTPServing
import HTTPTypes
import Synchronization
package import Telemetry

/// Times requests by method, route and status, and counts the bytes of their answers.
package final class RequestMetrics: Sendable {
    /// What a series' label values are made of.
    package enum Labels: Sendable {
        /// A closed list of methods, `none` for no route, statuses by class where one by one tells no more.
        case classes
        /// Methods of routes alone, nothing for no route, and each status by itself.
        case exact
    }

    /// The series of the last request, which most often is the next one's too.
    private struct Last {
        let method: HTTPRequest.Method?
        let route: String?
        let status: Int
        let cell: HistogramCell
    }

    private let labels: Labels
    private let seconds: Histogram
    private let sent: CounterCell?
    private let last = Mutex<Last?>(nil)

    /// - Parameters:
    ///   - seconds: Has the labels `method`, `route` and `status`.
    ///   - sent: Takes the bytes of answers' bodies.
    ///   - labels: What the values are.
    package init(_ seconds: Histogram, sent: CounterCell? = nil, labels: Labels) {
        self.seconds = seconds
        self.sent = sent
        self.labels = labels
    }

    /// Notes a request that is over.
    package func note(_ record: RequestRecord) {
        sent?.increment(by: record.bytesSent)
        cell(of: record).observe(record.duration)
    }

    private func cell(of record: RequestRecord) -> HistogramCell {
        last.withLock { last in
            if let last, last.status == record.status, last.route == record.route,
                last.method == record.method
            {
                return last.cell
            }
            let cell = make(record)
            last = Last(method: record.method, route: record.route, status: record.status, cell: cell)
            return cell
        }
    }

    /// A stranger's methods and paths must not make series.
    private func make(_ record: RequestRecord) -> HistogramCell {
        let method = record.method?.rawValue
        switch labels {
        case .classes:
            let name = method ?? "none"
            let known = ["GET", "HEAD", "POST", "PUT", "DELETE"].contains(name) ? name : "other"
            return seconds.cell(known, record.route ?? "none", Self.statusClass(record.status))
        case .exact:
            return seconds.cell(
                record.route == nil ? "" : method ?? "",
                record.route ?? "",
                "\(record.status)"
            )
        }
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
