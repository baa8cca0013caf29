package import PrecacheModel

/// An aggregate, by its number, and an image.
package struct CoveragePair: Hashable, Sendable {
    package let aggregate: Int64
    package let image: ImageID

    package init(aggregate: Int64, image: ImageID) {
        self.aggregate = aggregate
        self.image = image
    }
}

/// How much of an aggregate had an image at one time, as the history keeps it.
package struct CoverageMoment: Hashable, Sendable {
    /// Its number: moments that were written down later have higher ones.
    package var number: Int64
    /// When it was.
    package var at: Timestamp
    package var coverage: ImageCoverage

    package init(number: Int64 = 0, at: Timestamp, coverage: ImageCoverage) {
        self.number = number
        self.at = at
        self.coverage = coverage
    }

    /// How far apart moments are at least.
    package static let pause = Duration.seconds(60)

    /// Whether it is worth writing down after this one.
    ///
    /// Hosts that came, went, or have the image where they hadn't, or the other way; and agents that fall silent or are
    /// heard of again, once they are a hundredth of the hosts: in a great fleet there are always some.
    package func isNews(after last: CoverageMoment?) -> Bool {
        guard let last else { return true }
        // A clock that was set back writes again, too; two controllers' may be a little apart.
        guard at >= last.at + Self.pause || at < last.at - Self.pause else { return false }
        return abs(coverage.fraction - last.coverage.fraction) >= 0.01
            || coverage.lasting != last.coverage.lasting
    }
}

extension ImageCoverage {
    /// The numbers that don't change by an agent's silence.
    fileprivate var lasting: [Warmth: Int] {
        var lasting = hosts
        lasting[.stale] = nil
        lasting[.warm] = (hosts[.warm] ?? 0) + (hosts[.stale] ?? 0)
        return lasting.filter { $0.value > 0 }
    }
}
