internal import Synchronization

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
