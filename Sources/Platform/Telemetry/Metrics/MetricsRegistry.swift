internal import Synchronization

/// Every metric of one program, and their text for a scrape.
///
/// A program makes one, hands it down, and serves ``render()`` at `/metrics` as ``contentType``. Registering a name
/// again with the same kind and label names gives the metric that is there; anything else is a mistake in the
/// program and traps at start. Metrics may be changed from any thread.
package final class MetricsRegistry: Sendable {
    private struct State {
        var families: [String: any MetricFamily] = [:]
    }

    /// The media type of ``render()``: the Prometheus text format, version 0.0.4.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let state = Mutex(State())

    /// Makes a registry with nothing in it.
    package init() {}

    /// A number that only grows, such as requests answered.
    ///
    /// - Parameters:
    ///   - name: `[a-zA-Z_:][a-zA-Z0-9_:]*`, by custom ending in `_total`.
    ///   - help: one line for people.
    ///   - labels: names whose values tell the series apart; keep the number of values small.
    /// - Returns: the counter, the one that is there if the name is known.
    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        register(MetricDescription(name: name, help: help, kind: .counter, labels: labels)) {
            Counter(description: $0)
        }
    }

    /// A number that goes up and down, such as hosts in flight.
    ///
    /// Parameters as of ``counter(_:help:labels:)``.
    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        register(MetricDescription(name: name, help: help, kind: .gauge, labels: labels)) {
            Gauge(description: $0)
        }
    }

    /// How many observations fell under each of some bounds, with their number and sum.
    ///
    /// - Parameters:
    ///   - name: as of ``counter(_:help:labels:)``, by custom ending in the unit, such as `_seconds`.
    ///   - help: one line for people.
    ///   - labels: as of ``counter(_:help:labels:)``; `le` is taken.
    ///   - buckets: upper bounds, finite and rising; `+Inf` is added.
    /// - Returns: the histogram, the one that is there if the name is known.
    package func histogram(
        _ name: String,
        help: String,
        labels: [String] = [],
        buckets: [Double] = Histogram.requestSeconds
    ) -> Histogram {
        precondition(!labels.contains("le"), "histogram \(name): the label le belongs to the buckets")
        precondition(
            !buckets.isEmpty && buckets.allSatisfy(\.isFinite)
                && zip(buckets, buckets.dropFirst()).allSatisfy(<),
            "histogram \(name): buckets must be finite and rising"
        )
        return register(MetricDescription(name: name, help: help, kind: .histogram, labels: labels)) {
            Histogram(description: $0, bounds: buckets)
        }
    }

    /// A number without labels that is read when a scrape asks: `read` runs on the scraping thread and must not block.
    package func observed(
        _ kind: ObservedMetricKind,
        _ name: String,
        help: String,
        read: @escaping @Sendable () -> Double
    ) {
        let description = MetricDescription(name: name, help: help, kind: kind.metricKind, labels: [])
        _ = register(description) { ObservedMetric(description: $0, read: read) }
    }

    /// All metrics in the Prometheus text format 0.0.4, families and series in the order of their names.
    package func render() -> [UInt8] {
        let families = state.withLock {
            $0.families.values.sorted { $0.description.name < $1.description.name }
        }
        var text = MetricsText()
        for family in families {
            text.begin(family.description)
            family.append(to: &text)
        }
        return text.bytes
    }

    private func register<Family: MetricFamily>(
        _ description: MetricDescription,
        make: (MetricDescription) -> Family
    ) -> Family {
        description.checkNames()
        return state.withLock { state in
            guard let known = state.families[description.name] else {
                let family = make(description)
                state.families[description.name] = family
                return family
            }
            guard let family = known as? Family, known.description.labels == description.labels else {
                preconditionFailure("metric \(description.name) is registered already, as another kind")
            }
            return family
        }
    }
}
