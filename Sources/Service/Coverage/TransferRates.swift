package import PrecacheModel

/// What a job that has ended says of how fast images come to hosts.
package struct TransferSample: Hashable, Sendable {
    /// Where its images came from.
    package let sources: Set<SourceKey>
    /// Whether its hosts exchanged an image.
    package let isExchanged: Bool
    /// How many hosts fetched at once, at most.
    package let width: Int
    /// What one of its hosts got, in bytes a second: the median, from a host's start to its last outcome.
    package let hostRate: Double

    package init(sources: Set<SourceKey>, isExchanged: Bool, width: Int, hostRate: Double) {
        self.sources = sources
        self.isExchanged = isExchanged
        self.width = width
        self.hostRate = hostRate
    }
}

/// How fast images come to hosts, in bytes a second.
package struct TransferRates: Hashable, Sendable {
    /// What one host gets that fetches for itself, at best.
    package let host: Double
    /// What a source gives to all hosts together: as much as was seen, or more.
    package let source: Double
    /// What one host gets of an image that hosts exchange, its way from the source included.
    package let exchange: Double
    /// Whether ``host`` and ``source`` were measured.
    package let isMeasured: Bool
    /// Whether ``exchange`` was.
    package let isExchangeMeasured: Bool
    /// As many hosts at once as were measured.
    private let width: Int

    /// What is taken for true where nothing was measured: hosts at 1 Gbit/s, a source at 10 Gbit/s, less what Ethernet, IP and
    /// TCP take of it.
    package static let assumed = TransferRates([], from: [])
    private static let assumedHost = 117_000_000.0
    private static let assumedSource = 1_170_000_000.0

    /// What samples say of some sources; what they don't say is assumed.
    package init(_ samples: [TransferSample], from sources: Set<SourceKey>) {
        let known = samples.filter { !$0.sources.isDisjoint(with: sources) && $0.hostRate > 0 }
        let own = known.filter { !$0.isExchanged }
        isMeasured = !own.isEmpty
        width = own.map(\.width).max() ?? 0
        // One job may have been lucky, or not: of those that were as wide the one in the middle counts.
        let rates = Dictionary(grouping: own) { max(1, $0.width) }.compactMapValues(Self.median)
        host = rates.values.max() ?? Self.assumedHost
        source = rates.map { $0.value * Double($0.key) }.max() ?? Self.assumedSource
        let exchanged = Self.median(known.filter(\.isExchanged))
        isExchangeMeasured = exchanged != nil
        // What a host receives it sends on, and it takes some time until there is something to be had of others.
        exchange = exchanged ?? max(host, Self.assumedHost) / 2
    }

    private static func median(_ samples: [TransferSample]) -> Double? {
        samples.isEmpty ? nil : samples.map(\.hostRate).sorted()[samples.count / 2]
    }

    /// By how much what is likely may be missed, as a factor.
    private static func doubt(_ isMeasured: Bool) -> Double { isMeasured ? 1.25 : 2 }

    /// What one of so many hosts gets that fetch at once: at worst, likely, at best.
    ///
    /// More hosts than were seen may find that the source gives no more, or that it does; fewer may get more each.
    func each(of hosts: Int) -> (worst: Double, likely: Double, best: Double) {
        let (share, doubt) = (Double(max(1, hosts)), Self.doubt(isMeasured))
        let least = min(host, source / share)
        guard isMeasured else { return (least / doubt, least, least * doubt) }
        if hosts > width {
            return (least / doubt, min(host, max(source, Self.assumedSource) / share), host * doubt)
        }
        return (least / doubt, least, max(least, min(max(host, Self.assumedHost), source / share)) * doubt)
    }

    /// What one host gets of exchanged images: at worst, likely, at best.
    var eachOfExchange: (worst: Double, likely: Double, best: Double) {
        let doubt = Self.doubt(isExchangeMeasured)
        return (exchange / doubt, exchange, exchange * doubt)
    }
}
