package import Measuring

/// What came of a load.
package struct LoadResult: Sendable {
    /// The latencies of answers with a 2xx status.
    package private(set) var latencies = LatencyRecord()
    /// Requests that failed or got another status.
    package private(set) var failures = 0
    /// How long it took.
    package internal(set) var seconds = 0.0

    init() {}

    mutating func note(_ latency: Duration, isGood: Bool) {
        if isGood { latencies.record(latency) } else { failures += 1 }
    }
}
