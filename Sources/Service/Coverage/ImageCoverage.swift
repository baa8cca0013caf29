internal import BitCollections
package import PrecacheModel

/// What an image is to a host.
package enum Warmth: String, Sendable, CaseIterable {
    /// The host has it whole, and its agent is alive.
    case warm
    /// It had it, but its agent is down.
    case stale
    case missing
    /// Its storage can't take it: the last outcome there said so.
    case unsupported
    /// What it has of it isn't what it was.
    case damaged
    /// It takes no part in jobs, whatever it has.
    case disabled
}

/// How much of an aggregate has an image; each host counts once.
package struct ImageCoverage: Hashable, Sendable {
    package let image: ImageID
    package var hosts: [Warmth: Int]

    package init(image: ImageID, hosts: [Warmth: Int]) {
        self.image = image
        self.hosts = hosts
    }

    package var total: Int { hosts.values.reduce(0, +) }

    /// The share of hosts that have it of those that could: 0 to 1; 1 where none could.
    package var fraction: Double {
        let wanted = total - (hosts[.disabled] ?? 0) - (hosts[.unsupported] ?? 0)
        return wanted > 0 ? Double(hosts[.warm] ?? 0) / Double(wanted) : 1
    }
}

/// An aggregate at a moment: its hosts by what they could have.
package struct AggregateView: Sendable {
    private let fleet: Fleet
    private let hosts: BitSet
    private let disabled: BitSet
    private let down: BitSet

    /// - Returns: Nil if there is no such aggregate.
    package init?(_ fleet: Fleet, _ aggregate: AggregateName, at now: Timestamp) {
        guard let hosts = fleet.aggregates[aggregate]?.hosts else { return nil }
        self.init(fleet, hosts, at: now)
    }

    /// All hosts of the inventory.
    package init(_ fleet: Fleet, at now: Timestamp) {
        self.init(fleet, BitSet(fleet.hosts.indices.filter { fleet.hosts[$0] != nil }), at: now)
    }

    private init(_ fleet: Fleet, _ hosts: BitSet, at now: Timestamp) {
        self.fleet = fleet
        self.hosts = hosts
        disabled = hosts.subtracting(fleet.enabled)
        down = fleet.down(among: hosts, at: now)
    }

    /// The images that any of its hosts has, whole or damaged, by their identifiers.
    package var images: [ImageID] {
        fleet.images.indices
            .filter { !fleet.whole[$0].isDisjoint(with: hosts) || !fleet.damaged($0).isDisjoint(with: hosts) }
            .map { fleet.images[$0] }.sorted()
    }

    /// How much of it has an image, which need not be known.
    package func coverage(of image: ImageID) -> ImageCoverage {
        let sets = sets(of: image)
        return ImageCoverage(image: image, hosts: sets.mapValues(\.count))
    }

    /// Hosts by what an image is to them, each in the order of their names.
    package func hosts(by image: ImageID) -> [Warmth: [Fleet.Host]] {
        sets(of: image).mapValues { set in
            set.compactMap { fleet.hosts[$0] }.sorted { $0.name < $1.name }
        }
    }

    private func sets(of image: ImageID) -> [Warmth: BitSet] {
        var rest = hosts.subtracting(disabled)
        guard let slot = fleet.slot(of: image) else {
            return [
                .disabled: disabled, .missing: rest, .warm: [], .stale: [], .damaged: [], .unsupported: [],
            ]
        }
        var sets: [Warmth: BitSet] = [.disabled: disabled]
        let whole = rest.intersection(fleet.whole[slot])
        sets[.stale] = whole.intersection(down)
        sets[.warm] = whole.subtracting(down)
        rest.subtract(whole)
        let damaged = rest.intersection(fleet.damaged(slot))
        sets[.damaged] = damaged
        rest.subtract(damaged)
        let unsupported = rest.intersection(fleet.unsupported(slot))
        sets[.unsupported] = unsupported
        sets[.missing] = rest.subtracting(unsupported)
        return sets
    }
}

/// What is known of an image on a host.
package struct ImageCopy: Hashable, Sendable {
    /// How an attempt to bring it there ended, if it didn't go well.
    package struct End: Hashable, Sendable {
        package let job: JobID
        package let outcome: Outcome
        package let reason: Reason?
        package let detail: String?
        package let at: Timestamp

        package init(job: JobID, outcome: Outcome, reason: Reason?, detail: String?, at: Timestamp) {
            self.job = job
            self.outcome = outcome
            self.reason = reason
            self.detail = detail
            self.at = at
        }
    }

    /// As its agent listed it last.
    package var image: HeartbeatImage?
    /// When its agent was last heard of.
    package var seenAt: Timestamp?
    package var last: End?

    package init(image: HeartbeatImage? = nil, seenAt: Timestamp? = nil, last: End? = nil) {
        self.image = image
        self.seenAt = seenAt
        self.last = last
    }
}
