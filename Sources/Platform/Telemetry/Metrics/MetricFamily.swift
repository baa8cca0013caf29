/// One metric name with all its series.
protocol MetricFamily: AnyObject, Sendable {
    var description: MetricDescription { get }

    /// Appends a line for every series, in the order of the label values.
    func append(to text: inout MetricsText)
}

/// Name, help, kind and label names of a metric.
struct MetricDescription: Sendable {
    enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    let name: String
    let help: String
    let kind: Kind
    let labels: [String]

    /// Traps on a name that would break the exposition; names are literals of the program, never input.
    func checkNames() {
        precondition(Self.isName(name, colons: true), "\(name) is no metric name")
        for label in labels {
            precondition(
                Self.isName(label, colons: false) && !label.hasPrefix("__"),
                "metric \(name): \(label) is no label name"
            )
        }
        precondition(Set(labels).count == labels.count, "metric \(name): a label is named twice")
    }

    /// Prometheus data model: `[a-zA-Z_:][a-zA-Z0-9_:]*`, for labels without the colon.
    static func isName(_ text: String, colons: Bool) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == UInt8(ascii: "_") || (colons && byte == UInt8(ascii: ":"))
        }
    }
}

/// What an observed number is, see ``MetricsRegistry/observed(_:_:help:read:)``.
package enum ObservedMetricKind: Sendable {
    /// It only grows while the program runs.
    case counter
    /// It goes up and down.
    case gauge

    var metricKind: MetricDescription.Kind {
        switch self {
        case .counter: .counter
        case .gauge: .gauge
        }
    }
}

/// A family of one series whose value is read at each scrape.
final class ObservedMetric: MetricFamily {
    let description: MetricDescription
    private let read: @Sendable () -> Double

    init(description: MetricDescription, read: @escaping @Sendable () -> Double) {
        self.description = description
        self.read = read
    }

    func append(to text: inout MetricsText) {
        text.sample(description.name, labels: [], values: [], value: MetricsText.number(read()))
    }
}
