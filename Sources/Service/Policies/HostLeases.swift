internal import BitCollections
package import PrecacheModel

/// What a host is to keep for policies, and what it may remove.
package struct HostLease: Hashable, Sendable {
    /// An image with the policies that want it kept, by name.
    package struct Image: Hashable, Sendable {
        package var id: ImageID
        package var policies: [PolicyName]

        package init(id: ImageID, policies: [PolicyName]) {
            self.id = id
            self.policies = policies
        }
    }

    /// By identifier.
    package var images: [Image]
    /// Images that policies asked to be removed here, by identifier; none is among ``images``.
    package var remove: [ImageID]

    package init(images: [Image] = [], remove: [ImageID] = []) {
        self.images = images
        self.remove = remove
    }
}

/// The leases of all hosts: most hosts share theirs with many others.
package struct HostLeases: Hashable, Sendable {
    /// The leases that there are, each once.
    package var kinds: [HostLease]
    /// By host: the number of its lease.
    package var kindOf: [Int]

    package init(kinds: [HostLease] = [], kindOf: [Int] = []) {
        self.kinds = kinds
        self.kindOf = kindOf
    }

    /// A host's lease.
    package func lease(of host: Int) -> HostLease { kinds[kindOf[host]] }
}

/// Who holds what where: what leases are made of.
struct Holdings {
    /// Hosts that are to keep some images for a policy.
    private struct Holding {
        let policy: PolicyName
        let images: [Int]
        let hosts: BitSet
    }

    private var holdings: [Holding] = []
    /// By image: hosts that are to remove it, unless it is held there.
    private var removals: [BitSet]

    /// - Parameter images: How many there are.
    init(_ images: Int) { removals = Array(repeating: [], count: images) }

    /// Adds what a policy wants kept and removed.
    ///
    /// - Returns: What it has superseded and nobody holds for it any more, by the channel's place.
    mutating func add(_ policy: PolicyFacts, _ facts: ImageFacts) -> [Int: [ImageID]] {
        let name = policy.policy.name
        holdings.append(Holding(policy: name, images: policy.images, hosts: policy.hosts))
        var over: [Int: [ImageID]] = [:]
        // Hosts of an aggregate that isn't there may come back with it.
        let isWhole = policy.absent.isEmpty
        for (place, meaning) in policy.policy.meanings.enumerated() where !meaning.superseded.isEmpty {
            let current = meaning.current.compactMap { facts.number(of: $0.id) }
            for id in meaning.superseded {
                guard let old = facts.number(of: id), !policy.images.contains(old) else {
                    over[place, default: []].append(id)
                    continue
                }
                let have = policy.hosts.intersection(facts.whole[old])
                // Where the newer ones are.
                let moved =
                    current.isEmpty ? [] : current.reduce(into: have) { $0.formIntersection(facts.whole[$1]) }
                let rule = policy.policy.spec.superseded
                let held = rule == .keep ? have : have.subtracting(moved)
                if !held.isEmpty { holdings.append(Holding(policy: name, images: [old], hosts: held)) }
                if rule == .remove { removals[old].formUnion(moved) }
                let isOver = rule == .remove && have.isEmpty || rule == .unpin && held.isEmpty
                if isOver, isWhole { over[place, default: []].append(id) }
            }
        }
        return over
    }

    /// The leases of so many hosts.
    func leases(ofHosts count: Int, _ facts: ImageFacts) -> HostLeases {
        let removals = removalsWhereNobodyHolds()
        // Hosts in the same sets have the same lease: each set adds numbers of its own to its hosts' sums.
        var sums = [SetSum](repeating: SetSum(), count: count)
        for (number, hosts) in (holdings.map(\.hosts) + removals.map(\.hosts)).enumerated() {
            let mark = SetSum(mark: UInt64(number))
            for host in hosts where host < count { sums[host].add(mark) }
        }
        var kinds: [SetSum: Int] = [:]
        var leases = HostLeases()
        leases.kindOf.reserveCapacity(count)
        for (host, sum) in sums.enumerated() {
            if let kind = kinds[sum] {
                leases.kindOf.append(kind)
                continue
            }
            kinds[sum] = leases.kinds.count
            leases.kindOf.append(leases.kinds.count)
            leases.kinds.append(lease(of: host, removals, facts))
        }
        return leases
    }

    private func removalsWhereNobodyHolds() -> [(image: Int, hosts: BitSet)] {
        var removals = removals
        for holding in holdings {
            for image in holding.images where !removals[image].isEmpty {
                removals[image].subtract(holding.hosts)
            }
        }
        return removals.enumerated().filter { !$1.isEmpty }.map { (image: $0, hosts: $1) }
    }

    private func lease(
        of host: Int,
        _ removals: [(image: Int, hosts: BitSet)],
        _ facts: ImageFacts
    ) -> HostLease {
        var policies: [Int: [PolicyName]] = [:]
        for holding in holdings where holding.hosts.contains(host) {
            for image in holding.images { policies[image, default: []].append(holding.policy) }
        }
        let images = policies.map { HostLease.Image(id: facts.ids[$0], policies: Set($1).sorted()) }
        let remove = removals.filter { $0.hosts.contains(host) }.map { facts.ids[$0.image] }
        return HostLease(images: images.sorted { $0.id < $1.id }, remove: remove.sorted())
    }
}

/// Tells hosts apart that aren't in the same sets: the sum of a random number of 128 bits for each set.
private struct SetSum: Hashable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    init() {}

    /// A set's numbers.
    init(mark: UInt64) {
        high = Self.mixed(mark &* 2 &+ 1)
        low = Self.mixed(mark &* 2 &+ 2)
    }

    mutating func add(_ other: SetSum) {
        high &+= other.high
        low &+= other.low
    }

    /// SplitMix64's.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
