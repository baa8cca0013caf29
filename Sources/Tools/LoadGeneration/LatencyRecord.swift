internal import Histogram

/// Latencies, to three significant digits up to an hour.
package struct LatencyRecord: Sendable {
    private var histogram = Histogram<UInt64>(highestTrackableValue: 3_600_000_000)

    /// Nothing recorded.
    package init() {}

    /// Records one; what is longer than an hour counts as an hour.
    package mutating func record(_ latency: Duration) {
        let microseconds = max(0, latency / .microseconds(1))
        histogram.record(min(UInt64(microseconds), 3_600_000_000))
    }

    /// How many there are.
    package var count: Int { Int(histogram.totalCount) }

    /// The latency that so many percent of the requests did not exceed, in milliseconds.
    package func milliseconds(atPercentile percentile: Double) -> Double {
        count == 0 ? 0 : Double(histogram.valueAtPercentile(percentile)) / 1_000
    }

    /// The longest, in milliseconds.
    package var longestMilliseconds: Double { count == 0 ? 0 : Double(histogram.max) / 1_000 }
}
