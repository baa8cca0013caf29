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
