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

    /// How far apart moments are at least, and how far where nothing happens.
    package static let pause = Duration.seconds(60)
    package static let silence = Duration.seconds(86_400)

    /// Whether it is worth writing down after this one.
    ///
    /// Hosts are something else to the image, a hundredth of them at least: in a great fleet some always are. Or the first
    /// host or the last one has it, or the first or the last one lost it. Or a day has gone by.
    package func isNews(after last: CoverageMoment?) -> Bool {
        guard let last else { return true }
        // A clock that was set back writes again, too; two controllers' may be a little apart.
        guard at >= last.at + Self.pause || at < last.at - Self.pause else { return false }
        let moved = Warmth.allCases.map { abs(coverage.hosts($0) - last.coverage.hosts($0)) }.max() ?? 0
        return moved >= max(1, coverage.total / 100) || coverage.ends != last.coverage.ends
            || at >= last.at + Self.silence
    }
}

extension ImageCoverage {
    fileprivate func hosts(_ warmth: Warmth) -> Int { hosts[warmth] ?? 0 }

    /// Whether no host has it, and whether all have it that could; alive or not.
    fileprivate var ends: [Bool] {
        let whole = hosts(.warm) + hosts(.stale)
        return [whole + hosts(.damaged) == 0, hosts(.missing) + hosts(.damaged) == 0]
    }
}
