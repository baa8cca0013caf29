/// One metric name with all its series.
protocol MetricFamily: AnyObject, Sendable {
    var description: MetricDescription { get }

    /// Appends a line for every series, in the order of the label values.
    func append(to text: inout MetricsText)
}
