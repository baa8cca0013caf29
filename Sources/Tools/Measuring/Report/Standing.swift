/// How a measured figure stands to one target.
package struct Standing: Sendable {
    /// What came of it.
    package enum Verdict: String, Sendable {
        /// The goal is reached.
        case reached
        /// The goal is missed, what is held at the moment is not.
        case held
        /// Missed, but by no more than the noise.
        case withinNoise = "within noise"
        /// Missed.
        case missed
    }

    /// The target.
    package let target: Target
    /// The measured median divided by the comparator's, or the measured median itself.
    package let figure: Double
    /// The smallest and largest such figure of a single round; nil where rounds don't pair.
    package let range: ClosedRange<Double>?
    /// The comparator's median, if there is a comparator.
    package let comparator: Double?
    /// What came of it.
    package let verdict: Verdict

    /// Compares a series with what the target asks for; nil where the comparator was not measured.
    package init?(_ target: Target, measured: Samples, readings: (String) -> Samples?) {
        self.target = target
        if let name = target.comparator {
            guard let other = readings(name), other.median != 0 else { return nil }
            comparator = other.median
            figure = measured.median / other.median
            range = Self.range(measured, other)
        } else {
            comparator = nil
            figure = measured.median
            range = measured.smallest...measured.largest
        }
        verdict = Self.verdict(target, figure)
    }

    private static func range(_ measured: Samples, _ other: Samples) -> ClosedRange<Double>? {
        guard measured.values.count == other.values.count, !other.values.contains(0) else { return nil }
        let ratios = zip(measured.values, other.values).map { $0 / $1 }
        return Samples(ratios).map { $0.smallest...$0.largest }
    }

    private static func verdict(_ target: Target, _ figure: Double) -> Verdict {
        func meets(_ bar: Double) -> Bool {
            switch target.direction {
            case .atLeast: figure >= bar
            case .atMost: figure <= bar
            }
        }
        if meets(target.goal) { return .reached }
        if meets(target.bar) { return .held }
        let slack = target.direction == .atLeast ? 1 - target.noise : 1 + target.noise
        return meets(target.bar * slack) ? .withinNoise : .missed
    }
}
