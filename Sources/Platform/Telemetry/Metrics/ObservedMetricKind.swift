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
