/// The readings of one series, one a round.
package struct Samples: Hashable, Sendable {
    /// The readings, in the order in which they were taken.
    package let values: [Double]

    /// Takes readings; nil for none, or for one that is no number.
    package init?(_ values: [Double]) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        self.values = values
    }

    /// The middle reading, or the mean of the two in the middle.
    package var median: Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The smallest reading.
    package var smallest: Double { values.reduce(values[0], min) }

    /// The largest reading.
    package var largest: Double { values.reduce(values[0], max) }

    /// How far the readings lie apart, as a share of the median: (largest − smallest) ÷ median.
    package var spread: Double { median == 0 ? 0 : (largest - smallest) / abs(median) }
}
