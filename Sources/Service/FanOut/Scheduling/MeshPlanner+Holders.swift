/// Hosts that had the image before their job: they give nothing of it unless they are told to, and cost the source nothing.
///
/// That they have it is known when their first orders and those of the others are out: whoever was sent to them is given
/// others then, and some of them give it.
extension MeshPlanner {
    struct Holders: Sendable {
        /// Those that give nothing, and those that were told to.
        var idle: [Int] = []
        var givers: [Int] = []
        /// Those of them that are still to be told.
        var untold: [Int] = []
        /// Who was sent to whom.
        var asked: [Int: [Int]] = [:]
        /// Who may ask nobody but idle ones, and who is to be given others in any case.
        var unsure: Set<Int> = []
        var starving: Set<Int> = []
    }

    /// What follows once some had it before.
    package struct Mending: Sendable {
        /// Hosts that are to give it.
        package var givers: [Int] = []
        /// Members with other neighbours.
        package var places: [Int: Place] = [:]
    }

    /// As many neighbours as are too few, and as many as ask one that gives all of it.
    private static let few = 3
    private static let manyAskers = 12

    /// A host had all of it before it came; a seed gives it.
    package mutating func had(_ host: Int, at now: Duration = .zero) {
        guard let member = members[host], member.standing == .started else { return }
        guard member.seed == nil else {
            holders.givers.append(host)
            return done(host, at: now)
        }
        withdraw(host, .idle, at: now)
        holders.idle.append(host)
        holders.unsure.formUnion(holders.asked[host] ?? [])
    }

    /// Whether there is anybody who gives what it had before, or may be told to.
    var hasHolders: Bool { !holders.idle.isEmpty || holders.givers.contains { isThere($0) } }

    /// Whether a host takes part: as one that gets it, or as one that gives it.
    func isThere(_ host: Int) -> Bool {
        members[host]?.standing == .started || members[host]?.standing == .done
    }

    /// Whether what it has comes from nobody else.
    func isOrigin(_ host: Int) -> Bool { members[host]?.seed != nil || holders.givers.contains(host) }

    /// Hosts of a zone that give what they had before and that few ask, the least asked first.
    func freeGivers(_ zone: String?) -> [Int] {
        holders.givers
            .filter {
                guard let giver = members[$0] else { return false }
                return giver.standing == .done && giver.zone == zone && giver.degree < Self.manyAskers
            }
            .sorted { (members[$0]?.degree ?? 0, $0) < (members[$1]?.degree ?? 0, $1) }
    }

    /// They may have stopped giving it, and are told anew if it is needed.
    mutating func restHolders(at now: Duration) {
        let givers = holders.givers
        holders.givers = []
        for host in givers where members[host]?.standing == .done && members[host]?.seed == nil {
            withdraw(host, .idle, at: now)
            holders.idle.append(host)
        }
    }

    /// Has a member that finds nobody who has what it misses sent to one who had all of it before.
    ///
    /// - Returns: Whether there is one that it doesn't know.
    package mutating func relieve(_ host: Int) -> Bool {
        guard let member = members[host], member.standing == .started else { return false }
        let known = Set(member.asks.map(\.host))
        guard !holders.idle.isEmpty || freeGivers(member.zone).contains(where: { !known.contains($0) }) else {
            return false
        }
        holders.starving.insert(host)
        return true
    }

    /// Has some of those who had it before give it, and sends whoever would ask the others to them.
    package mutating func mend(using random: inout some RandomNumberGenerator) -> Mending {
        var mending = Mending()
        guard atWork > 0 else { return mending }
        appointGivers()
        let starving = holders.starving.filter { members[$0]?.standing == .started }
        let few = holders.unsure.filter { host in
            guard let member = members[host], member.standing == .started else { return false }
            return member.asks.count { isThere($0.host) } < Self.few
        }
        (holders.unsure, holders.starving) = ([], [])
        let hosts = starving.union(few).sorted()
        for host in hosts { send(host, isStarving: starving.contains(host), using: &random) }
        let unreached = hosts.filter { host in
            members[host]?.asks.contains { isThere($0.host) && isOrigin($0.host) } != true
        }
        if !unreached.isEmpty { connect(unreached, using: &random) }
        for host in hosts { mending.places[host] = place(of: host) }
        (mending.givers, holders.untold) = (holders.untold, [])
        return mending
    }

    /// As many as there are seeds at first, where somebody needs it.
    mutating func appointGivers() {
        guard atWork > 0 else { return }
        while holders.givers.count(where: { isThere($0) }) < rules.seeds, let host = holders.idle.first {
            appoint(host)
        }
    }

    /// Gives a member other neighbours, with one more host that gives all of it where that is needed.
    private mutating func send(
        _ host: Int,
        isStarving: Bool,
        using random: inout some RandomNumberGenerator
    ) {
        guard let member = members[host] else { return }
        let known = isStarving ? Set(member.asks.map(\.host)) : []
        var appointed: Int?
        if freeGivers(member.zone).allSatisfy(known.contains) {
            let near = holders.idle.first { members[$0]?.zone == member.zone }
            appointed = near ?? (isStarving ? holders.idle.first : nil)
            if let appointed { appoint(appointed) }
        }
        for neighbour in member.asks.prefix(rules.neighbours) { members[neighbour.host]?.degree -= 1 }
        choose(for: host, keeping: member.asks.filter { $0.isFar && isThere($0.host) }, using: &random)
        guard let appointed, members[host]?.asks.contains(where: { $0.host == appointed }) == false else {
            return
        }
        let isFar = members[appointed]?.zone != member.zone
        members[host]?.asks.insert(Neighbour(host: appointed, isFar: isFar), at: 0)
    }

    private mutating func appoint(_ host: Int) {
        holders.idle.removeAll { $0 == host }
        holders.givers.append(host)
        members[host]?.standing = .done
        zones[members[host]?.zone, default: []].append(host)
        holders.untold.append(host)
    }
}
