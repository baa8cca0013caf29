/// How fast a job goes, over the last half minute.
package struct Motion: Sendable {
    private struct Sample {
        let at: Duration
        let bytes: Int64
        let fraction: Double
    }

    private static let window = Duration.seconds(30)
    private static let shortest = Duration.seconds(2)
    private var samples: [Sample] = []

    /// Nothing seen yet.
    package init() {}

    /// Takes note of how far the job is at a time since the watch began.
    package mutating func note(at: Duration, bytes: Int64, fraction: Double) {
        if let last = samples.last, bytes < last.bytes || fraction < last.fraction { samples.removeAll() }
        samples.append(Sample(at: at, bytes: bytes, fraction: fraction))
        while samples.count > 2, at - samples[1].at >= Self.window { samples.removeFirst() }
    }

    /// Bytes per second, nil until two seconds have been seen.
    package var bytesPerSecond: Double? {
        guard let (first, last, seconds) = span else { return nil }
        return Double(last.bytes - first.bytes) / seconds
    }

    /// The time that the rest takes at this pace, nil while nothing moves.
    package var timeLeft: Duration? {
        guard let (first, last, seconds) = span, last.fraction > first.fraction else { return nil }
        let left = (1 - last.fraction) * seconds / (last.fraction - first.fraction)
        guard left < 1e7 else { return nil }
        return .seconds(left)
    }

    private var span: (Sample, Sample, Double)? {
        guard let first = samples.first, let last = samples.last, last.at - first.at >= Self.shortest else {
            return nil
        }
        let (seconds, attoseconds) = (last.at - first.at).components
        return (first, last, Double(seconds) + Double(attoseconds) * 1e-18)
    }
}
