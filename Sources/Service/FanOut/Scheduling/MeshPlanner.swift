/// Plans who of a job's hosts gets one image from whom, and who of them may read its source: a pure value.
///
/// A mesh and no tree: an inner host of a tree gives each of its children but a part of its link, and one slow host holds up
/// all below it. Each member is given a few neighbours to ask; which piece of whom is the agents' business.
package struct MeshPlanner: Sendable {
    package struct Rules: Sendable {
        /// Hosts that read the source at first.
        package var seeds = 2
        /// Neighbours that a member is given: so many are asked at a time, the others are spares.
        package var neighbours = 6
        package var spares = 10
        /// Hosts of a zone without a seed that have neighbours outside, and how many of those each has.
        package var gates = 2
        package var outside = 4
        /// How long whoever has all of it gives it although nobody asks.
        package var memory = Duration.seconds(60)
        /// How long a new seed has before there is another.
        package var promotionPause = Duration.seconds(10)

        package init() {}
    }

    /// A host to be given a place.
    package struct Host: Sendable {
        package let number: Int
        /// Where it stands; hosts of one zone reach each other at no cost.
        package let zone: String?

        package init(number: Int, zone: String? = nil) {
            self.number = number
            self.zone = zone
        }
    }

    /// What a member is told.
    package struct Place: Hashable, Sendable {
        /// Which of the seeds it is; nil for a member without a source.
        package var seed: Int?
        /// Whom to ask, best first.
        package var neighbours: [Neighbour] = []

        package init(seed: Int? = nil, neighbours: [Neighbour] = []) {
            self.seed = seed
            self.neighbours = neighbours
        }
    }

    package struct Neighbour: Hashable, Sendable {
        package let host: Int
        /// It stands in another zone: to be asked only for what nobody nearer has.
        package let isFar: Bool
    }

    enum Standing { case started, done, gone }

    struct Member {
        let zone: String?
        var standing = Standing.started
        var seed: Int?
        /// How many have it among those that they ask at first.
        var degree = 0
        var asks: [Neighbour] = []
        /// Those of whose degree it is a part.
        var counted: [Int] = []
    }

    private let rules: Rules
    private(set) var members: [Int: Member] = [:]
    /// Members that may be given as neighbours, by zone.
    private var zones: [String?: [Int]] = [:]
    /// Who was sent to whom.
    var askedBy: [Int: Set<Int>] = [:]
    /// Seeds that had it before: nobody knows whether they can give it.
    var holders: Set<Int> = []
    /// Who may have too few neighbours left.
    var maybeShort: Set<Int> = []
    private var gates: [String?: Int] = [:]
    /// How many have been made seeds so far.
    package private(set) var seeds = 0
    /// How many are to be: more than at first, once one is gone that gave nothing.
    private var seedsWanted: Int
    /// Members whom what a seed reads reaches, as long as nobody has left since.
    private var reached: Set<Int> = []
    private var hasGaps = false
    /// How many have neither all of it nor left.
    private var atWork = 0
    /// When somebody was last.
    private var workedAt = Duration.zero
    /// All who were ever made seeds.
    private var seedHosts: [Int] = []
    private var promotedAt = Duration.seconds(-1_000_000)

    package init(rules: Rules = Rules()) {
        self.rules = rules
        seedsWanted = rules.seeds
    }

    // MARK: Coming and going

    /// Gives hosts their places; all that come at once may be each other's neighbours.
    package mutating func add(
        _ hosts: [Host],
        at now: Duration = .zero,
        using random: inout some RandomNumberGenerator
    ) -> [Int: Place] {
        // Where nobody has been at work for long, those who have it may have stopped giving it.
        if seedsWanted == seeds, !members.isEmpty, atWork == 0, now - workedAt >= rules.memory {
            seedsWanted += 1
        }
        for host in hosts where members[host.number]?.standing != .started {
            if !isThere(host.number) { zones[host.zone, default: []].append(host.number) }
            var member = members[host.number] ?? Member(zone: host.zone)
            member.standing = .started
            members[host.number] = member
            atWork += 1
        }
        appointSeeds(hosts)
        for host in hosts { choose(for: host.number, using: &random) }
        connect(hosts.map(\.number), using: &random)
        return Dictionary(
            hosts.map {
                ($0.number, Place(seed: members[$0.number]?.seed, neighbours: members[$0.number]?.asks ?? []))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// A host has all of it, and gives it to others for a while.
    package mutating func done(_ host: Int, at now: Duration = .zero) {
        guard members[host]?.standing == .started else { return }
        members[host]?.standing = .done
        atWork -= 1
        workedAt = now
    }

    /// A host takes no part any more: it failed, or its time to give is over.
    package mutating func left(_ host: Int, at now: Duration = .zero) {
        guard let member = members[host], member.standing != .gone else { return }
        if member.standing == .started { atWork -= 1 }
        workedAt = now
        members[host]?.standing = .gone
        hasGaps = true
        zones[member.zone]?.removeAll { $0 == host }
        leaveNeighbours(of: host)
    }

    /// A host's neighbours have one less that asks them.
    mutating func leaveNeighbours(of host: Int) {
        for neighbour in members[host]?.counted ?? [] { members[neighbour]?.degree -= 1 }
        members[host]?.counted = []
    }

    /// Makes a member a seed, as nobody has what is missing.
    ///
    /// One at a time: all starve at once, and what one reads reaches the others.
    package mutating func promote(_ host: Int, at now: Duration) -> Place? {
        guard var member = members[host], member.standing == .started, member.seed == nil,
            now - promotedAt >= rules.promotionPause
        else { return nil }
        promotedAt = now
        member.seed = seeds
        seedHosts.append(host)
        seeds += 1
        members[host] = member
        return Place(seed: member.seed, neighbours: member.asks)
    }

    /// A member to be made a seed in the place of one that is gone; nil, and the next that comes will be one, if there is
    /// none.
    package mutating func successor() -> Int? {
        let able = members.filter { $0.value.standing == .started && $0.value.seed == nil }
        promotedAt = .seconds(-1_000_000)
        if let next = able.min(by: { ($0.value.degree, $0.key) > ($1.value.degree, $1.key) }) {
            return next.key
        }
        seedsWanted = seeds + 1
        return nil
    }

    /// Where a member stands; nil for who is none.
    package func place(of host: Int) -> Place? {
        members[host].map { Place(seed: $0.seed, neighbours: $0.asks) }
    }

    /// How many seeds are at work.
    package var workingSeeds: Int { seedHosts.count { members[$0]?.standing == .started } }

    // MARK: Choosing

    /// Seeds share the source's bytes between them, so they stand in one zone, the largest: what they read crosses into each
    /// of the others, and not into their own.
    private mutating func appointSeeds(_ hosts: [Host]) {
        guard seeds < seedsWanted else { return }
        let largest =
            zones.max { ($0.value.count, $1.key ?? "") < ($1.value.count, $0.key ?? "") }?.key ?? nil
        let near = hosts.filter { $0.zone == largest }
        for host in near + hosts.filter({ $0.zone != largest }) where seeds < seedsWanted {
            guard members[host.number]?.seed == nil else { continue }
            members[host.number]?.seed = seeds
            seedHosts.append(host.number)
            seeds += 1
        }
    }

    /// Chooses whom a host asks; those outside its zone whom it has already stay.
    mutating func choose(for host: Int, using random: inout some RandomNumberGenerator) {
        guard let member = members[host] else { return }
        let home = zones[member.zone] ?? []
        let kept = member.asks.filter { $0.isFar && isThere($0.host) }
        let outside = kept.isEmpty ? far(from: member, using: &random) : kept
        var chosen: [Neighbour] = []
        var known: Set<Int> = [host]
        // Whoever has all of it comes first, but few: all others would ask the same.
        for done in sample(home, 8, using: &random) where members[done]?.standing == .done {
            guard chosen.count < 2, known.insert(done).inserted else { continue }
            chosen.append(Neighbour(host: done, isFar: false))
        }
        while chosen.count < rules.neighbours {
            let able = sample(home, 8, using: &random).filter { !known.contains($0) }
            guard let least = able.min(by: { (members[$0]?.degree ?? 0) < (members[$1]?.degree ?? 0) }) else {
                break
            }
            known.insert(least)
            chosen.append(Neighbour(host: least, isFar: false))
        }
        for neighbour in chosen { members[neighbour.host]?.degree += 1 }
        members[host]?.counted = chosen.map(\.host)
        let spares = sample(home, rules.spares, using: &random).filter { known.insert($0).inserted }
        members[host]?.asks = outside + chosen + spares.map { Neighbour(host: $0, isFar: false) }
        for neighbour in members[host]?.asks ?? [] { askedBy[neighbour.host, default: []].insert(host) }
    }

    /// Neighbours in other zones, for the first hosts of a zone that has no seed.
    private mutating func far(
        from member: Member,
        using random: inout some RandomNumberGenerator
    ) -> [Neighbour] {
        guard zones.count > 1, gates[member.zone, default: 0] < rules.gates,
            !(zones[member.zone] ?? []).contains(where: { members[$0]?.seed != nil })
        else { return [] }
        gates[member.zone, default: 0] += 1
        // Those with a seed have it first.
        let others = zones.filter { $0.key != member.zone }.sorted { ($0.key ?? "") < ($1.key ?? "") }
        let seeded = others.filter { $0.value.contains { members[$0]?.seed != nil } }
        let able = (seeded.isEmpty ? others : seeded).flatMap(\.value)
        return sample(able, rules.outside, using: &random).map { Neighbour(host: $0, isFar: true) }
    }

    private func sample(
        _ all: [Int],
        _ count: Int,
        using random: inout some RandomNumberGenerator
    ) -> [Int] {
        guard all.count > count else { return all.shuffled(using: &random) }
        var chosen: Set<Int> = []
        while chosen.count < count { chosen.insert(Int.random(in: 0..<all.count, using: &random)) }
        return chosen.sorted().map { all[$0] }.shuffled(using: &random)
    }

    /// Sees to it that whatever a seed reads reaches everybody: six picks at random leave hardly anybody out, but hardly isn't
    /// never.
    mutating func connect(_ hosts: [Int], using random: inout some RandomNumberGenerator) {
        // Those of before are reached; only who left may have been the way to somebody.
        let unsure = hasGaps ? Array(members.keys.sorted().filter { isThere($0) }) : hosts
        if hasGaps { reached = [] }
        hasGaps = false
        var askers: [Int: [Int]] = [:]
        var front: [Int] = []
        for host in unsure {
            guard let member = members[host] else { continue }
            if member.seed != nil || member.standing == .done { front.append(host) }
            for neighbour in member.asks.prefix(rules.neighbours + member.asks.count { $0.isFar }) {
                if reached.contains(neighbour.host) { front.append(host) }
                askers[neighbour.host, default: []].append(host)
            }
        }
        spread(from: front, askers)
        for host in hosts where !reached.contains(host) {
            let near = (zones[members[host]?.zone] ?? []).filter(reached.contains)
            guard let anchor = sample(near.isEmpty ? reached.sorted() : near, 1, using: &random).first else {
                continue
            }
            let isFar = members[anchor]?.zone != members[host]?.zone
            // It may have been a spare.
            members[host]?.asks.removeAll { $0.host == anchor }
            members[host]?.asks.insert(Neighbour(host: anchor, isFar: isFar), at: 0)
            askedBy[anchor, default: []].insert(host)
            spread(from: [host], askers)
        }
    }

    private mutating func spread(from hosts: [Int], _ askers: [Int: [Int]]) {
        var front = hosts
        while let host = front.popLast() {
            if reached.insert(host).inserted { front += askers[host] ?? [] }
        }
    }
}
