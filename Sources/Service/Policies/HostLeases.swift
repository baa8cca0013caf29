internal import BitCollections
package import PrecacheModel
internal import TextForms

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
    package var remove: [ImageRemoval]

    package init(images: [Image] = [], remove: [ImageRemoval] = []) {
        self.images = images
        self.remove = remove
    }
}

/// What all hosts are to keep: a mark for each, and the lease itself for who asks, since few do.
package struct HostLeases: Sendable {
    /// Tells a host's lease from others: the same lease has the same mark whoever reckons it, and whenever.
    package struct Mark: Hashable, Sendable, CustomStringConvertible {
        fileprivate var high: UInt64 = 0
        fileprivate var low: UInt64 = 0

        /// 32 hexadecimal digits.
        package var description: String { Hexadecimal.encode(high.bytes + low.bytes) }
    }

    /// By host.
    package let marks: [Mark]
    private let ids: [ImageID]
    private let holdings: [Holdings.Holding]
    private let removals: [Holdings.Removal]

    fileprivate init(hosts: Int, ids: [ImageID], holdings: [Holdings.Holding], removals: [Holdings.Removal]) {
        (self.ids, self.holdings, self.removals) = (ids, holdings, removals)
        // The sum of a number for each image and policy, so that a set of hosts is gone through once.
        var marks = [Mark](repeating: Mark(), count: hosts)
        for holding in holdings {
            let mark = holding.images.reduce(into: Mark()) { $0.add(Mark(ids[$1].text, holding.policy.text)) }
            for host in holding.hosts where host < hosts { marks[host].add(mark) }
        }
        for removal in removals {
            let mark = Mark(ids[removal.image].text, removal.successors.map { "\n\(ids[$0])" }.joined())
            for host in removal.hosts where host < hosts { marks[host].add(mark) }
        }
        self.marks = marks
    }

    /// A host's lease.
    package func lease(of host: Int) -> HostLease {
        var policies: [Int: [PolicyName]] = [:]
        for holding in holdings where holding.hosts.contains(host) {
            for image in holding.images { policies[image, default: []].append(holding.policy) }
        }
        let images = policies.map { HostLease.Image(id: ids[$0], policies: Set($1).sorted()) }
        var successors: [Int: Set<Int>] = [:]
        for removal in removals where removal.hosts.contains(host) {
            successors[removal.image, default: []].formUnion(removal.successors)
        }
        let remove = successors.map { ImageRemoval(image: ids[$0], successors: $1.map { ids[$0] }.sorted()) }
        return HostLease(
            images: images.sorted { $0.id < $1.id },
            remove: remove.sorted { $0.image < $1.image }
        )
    }
}

/// Who holds what where: what leases are made of.
struct Holdings {
    /// Hosts that are to keep some images for a policy.
    struct Holding {
        let policy: PolicyName
        let images: [Int]
        let hosts: BitSet
    }

    /// Hosts that are to remove an image.
    struct Removal {
        let image: Int
        /// Those that take its place.
        let successors: [Int]
        let hosts: BitSet
    }

    private struct Succession: Hashable {
        let image: Int
        let successors: [Int]
    }

    private var holdings: [Holding] = []
    /// Hosts that are to remove an image for others, unless it is held there.
    private var removals: [Succession: BitSet] = [:]

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
                if rule == .remove, !moved.isEmpty {
                    let successors = current.sorted { facts.ids[$0] < facts.ids[$1] }
                    let succession = Succession(image: old, successors: successors)
                    removals[succession, default: []].formUnion(moved)
                }
                let isOver = rule == .remove && have.isEmpty || rule == .unpin && held.isEmpty
                if isOver, isWhole { over[place, default: []].append(id) }
            }
        }
        return over
    }

    /// The leases of so many hosts.
    func leases(ofHosts count: Int, _ facts: ImageFacts) -> HostLeases {
        var held: [Int: BitSet] = Dictionary(removals.keys.map { ($0.image, []) }, uniquingKeysWith: { $1 })
        for holding in holdings {
            for image in holding.images { held[image]?.formUnion(holding.hosts) }
        }
        let removals = self.removals.compactMap { succession, hosts -> Removal? in
            let rest = hosts.subtracting(held[succession.image] ?? [])
            guard !rest.isEmpty else { return nil }
            return Removal(image: succession.image, successors: succession.successors, hosts: rest)
        }
        return HostLeases(hosts: count, ids: facts.ids, holdings: holdings, removals: removals)
    }
}

extension HostLeases.Mark {
    /// The number of an image and who holds it: FNV-1a of their texts, stirred by SplitMix64's last steps.
    fileprivate init(_ image: String, _ policy: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // No name has a line feed in it.
        for text in [image, "\n", policy] {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        high = Self.stirred(hash)
        low = Self.stirred(high ^ 0x9E37_79B9_7F4A_7C15)
    }

    fileprivate mutating func add(_ other: Self) {
        high &+= other.high
        low &+= other.low
    }

    private static func stirred(_ number: UInt64) -> UInt64 {
        var stirred = number &+ 0x9E37_79B9_7F4A_7C15
        stirred = (stirred ^ (stirred >> 30)) &* 0xBF58_476D_1CE4_E5B9
        stirred = (stirred ^ (stirred >> 27)) &* 0x94D0_49BB_1331_11EB
        return stirred ^ (stirred >> 31)
    }
}

extension UInt64 {
    fileprivate var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
    }
}
