internal import Synchronization

/// How many observations fell under each bound, for each combination of its label values.
package final class Histogram: MetricFamily {
    /// Bounds for answers to HTTP requests, in seconds: half a millisecond to thirty seconds.
    package static let requestSeconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    /// Bounds for whole transfers and jobs, in seconds: one second to six hours.
    package static let transferSeconds: [Double] = [
        1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600,
    ]

    let description: MetricDescription
    private let bounds: [Double]
    private let series: SeriesTable<HistogramCell>

    init(description: MetricDescription, bounds: [Double]) {
        self.description = description
        self.bounds = bounds
        self.series = SeriesTable(labelCount: description.labels.count) { HistogramCell(bounds: bounds) }
    }

    /// Counts one observation in the series of these label values, given in the order of registration.
    package func observe(_ value: Double, _ labels: String...) {
        series.cell(labels).observe(value)
    }

    /// Counts a duration, in seconds.
    package func observe(_ duration: Duration, _ labels: String...) {
        series.cell(labels).observe(duration)
    }

    /// The series of these label values itself, to keep where it is changed often.
    package func cell(_ labels: String...) -> HistogramCell { series.cell(labels) }

    func append(to text: inout MetricsText) {
        let labels = description.labels
        for (values, cell) in series.sorted() {
            let counts = cell.snapshot()
            var sum = 0
            for (bound, count) in zip(bounds + [.infinity], counts.perBucket) {
                sum += count
                text.sample(
                    description.name + "_bucket",
                    labels: labels + ["le"],
                    values: values + [MetricsText.number(bound)],
                    value: String(sum)
                )
            }
            text.sample(
                description.name + "_sum",
                labels: labels,
                values: values,
                value: MetricsText.number(counts.sum)
            )
            text.sample(description.name + "_count", labels: labels, values: values, value: String(sum))
        }
    }
}

/// One series of a ``Histogram``.
package final class HistogramCell: Sendable {
    struct Counts: Sendable {
        /// Observations that fell in each bucket alone, the one up to infinity last.
        var perBucket: [Int]
        var sum: Double = 0
    }

    private let bounds: [Double]
    private let counts: Mutex<Counts>

    init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Mutex(Counts(perBucket: [Int](repeating: 0, count: bounds.count + 1)))
    }

    /// Counts one observation; what is not a number is left out, since it would spoil the sum for good.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        // A handful of bounds, most observations near the first: a plain search is the fastest.
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts.withLock {
            $0.perBucket[bucket] += 1
            $0.sum += value
        }
    }

    /// Counts a duration, in seconds.
    package func observe(_ duration: Duration) {
        let parts = duration.components
        observe(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    func snapshot() -> Counts { counts.withLock { $0 } }
}
