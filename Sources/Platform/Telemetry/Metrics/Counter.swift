internal import Synchronization

/// A number that only grows, one for each combination of its label values.
package final class Counter: MetricFamily {
    let description: MetricDescription
    private let series: SeriesTable<CounterCell>

    init(description: MetricDescription) {
        self.description = description
        self.series = SeriesTable(labelCount: description.labels.count) { CounterCell() }
    }

    /// Adds `amount` (below zero: nothing) to the series of these label values, given in the order of registration.
    package func increment(by amount: Int = 1, _ labels: String...) {
        series.cell(labels).increment(by: amount)
    }

    /// The series of these label values itself, to keep where it is changed often: no table is searched then.
    package func cell(_ labels: String...) -> CounterCell { series.cell(labels) }

    func append(to text: inout MetricsText) {
        for (values, cell) in series.sorted() {
            text.sample(
                description.name,
                labels: description.labels,
                values: values,
                value: String(cell.value)
            )
        }
    }
}

/// One series of a ``Counter``: one atomic number.
package final class CounterCell: Sendable {
    private let count = Atomic<Int>(0)

    /// Adds `amount`; a counter never falls, so below zero nothing is added.
    package func increment(by amount: Int = 1) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The sum so far.
    package var value: Int { count.load(ordering: .relaxed) }
}
