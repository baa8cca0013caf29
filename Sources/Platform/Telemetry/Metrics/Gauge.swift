internal import Synchronization

/// A number that goes up and down, one for each combination of its label values.
package final class Gauge: MetricFamily {
    let description: MetricDescription
    private let series: SeriesTable<GaugeCell>

    init(description: MetricDescription) {
        self.description = description
        self.series = SeriesTable(labelCount: description.labels.count) { GaugeCell() }
    }

    /// Sets the series of these label values, given in the order of registration.
    package func set(_ value: Double, _ labels: String...) {
        series.cell(labels).set(value)
    }

    /// Adds `delta`, which may be below zero.
    package func add(_ delta: Double, _ labels: String...) {
        series.cell(labels).add(delta)
    }

    /// The series of these label values itself, to keep where it is changed often.
    package func cell(_ labels: String...) -> GaugeCell { series.cell(labels) }

    /// Drops one series, such as that of a host that was deleted; a cell kept of it is shown no more.
    package func remove(_ labels: String...) {
        series.remove(labels)
    }

    /// Shows these values of a gauge with one label, each label once, and no others.
    package func show(_ values: [(label: String, value: Double)]) {
        show(values.map { (labels: [$0.label], value: $0.value) })
    }

    /// The same of a gauge with several labels.
    package func show(_ values: [(labels: [String], value: Double)]) {
        series.keep(only: Set(values.map(\.labels)))
        for (labels, value) in values { series.cell(labels).set(value) }
    }

    /// Drops every series; a scrape body does so before it sets those that exist now.
    package func removeAll() {
        series.removeAll()
    }

    func append(to text: inout MetricsText) {
        for (values, cell) in series.sorted() {
            let value = MetricsText.number(cell.value)
            text.sample(description.name, labels: description.labels, values: values, value: value)
        }
    }
}

/// One series of a ``Gauge``: one number, changed atomically.
package final class GaugeCell: Sendable {
    private let bits = Atomic<UInt64>(0)

    /// Sets the number.
    package func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Adds `delta`, which may be below zero.
    package func add(_ delta: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + delta).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: current,
                desired: next,
                ordering: .relaxed
            )
            if exchanged { return }
            current = original
        }
    }

    /// The number now.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
