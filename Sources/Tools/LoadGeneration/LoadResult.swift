public import Measuring

/// What came of a load.
public struct LoadResult: Sendable {
    /// The latencies of answers with a 2xx status.
    public private(set) var latencies = LatencyRecord()
    /// Requests that failed or got another status.
    public private(set) var failures = 0
    /// How long it took.
    public internal(set) var seconds = 0.0

    init() {}

    mutating func note(_ latency: Duration, isGood: Bool) {
        if isGood { latencies.record(latency) } else { failures += 1 }
    }
}
