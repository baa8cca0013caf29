/// A part of a fleet: a number of hosts, or a percentage of them.
package struct FleetShare: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: Hashable {
        case hosts(Int)
        case percent(Double)
    }

    private let kind: Kind

    /// Nobody.
    package static let none = FleetShare(kind: .hosts(0))

    private init(kind: Kind) { self.kind = kind }

    /// Reads `25` (hosts) or `2.5%`; nil for anything else.
    package init?(_ text: String) {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
            kind = .percent(percent)
        } else {
            guard let hosts = Int(text), hosts >= 0 else { return nil }
            kind = .hosts(hosts)
        }
    }

    /// How many hosts of a fleet that is; a percentage above nought is one host at least.
    package func count(of hosts: Int) -> Int {
        switch kind {
        case .hosts(let count): return min(count, hosts)
        case .percent(let percent):
            guard percent > 0 else { return 0 }
            return min(hosts, max(1, Int((Double(hosts) * percent / 100).rounded())))
        }
    }

    /// As it is written.
    package var description: String {
        switch kind {
        case .hosts(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }
}
