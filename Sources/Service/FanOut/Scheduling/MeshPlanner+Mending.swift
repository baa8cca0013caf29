/// Hosts that had the image before their job: they give nothing of it, since what was converted, or what Nova brought, isn't
/// what the others wait for.
///
/// That they have it is known when their first orders and those of the others are out: whoever was sent to them is sent to
/// others then.
extension MeshPlanner {
    /// As many neighbours as are too few.
    private static let few = 3

    /// A host had all of it before it came; a seed gives it if it can.
    package mutating func had(_ host: Int, at now: Duration = .zero) {
        guard let member = members[host], member.standing == .started else { return }
        guard member.seed == nil else {
            holders.insert(host)
            return done(host, at: now)
        }
        left(host, at: now)
        maybeShort.formUnion(askedBy.removeValue(forKey: host) ?? [])
    }

    /// Whether a host takes part: as one that gets it, or as one that gives it.
    func isThere(_ host: Int) -> Bool {
        members[host]?.standing == .started || members[host]?.standing == .done
    }

    /// Whether a host may ask anybody who gives it for sure, once it has it.
    package func hasNeighbours(_ host: Int) -> Bool {
        members[host]?.asks.contains { isThere($0.host) && !holders.contains($0.host) } == true
    }

    /// Gives members other neighbours of whose own most had it before, and a way to a seed to those that lost theirs with them;
    /// returns the places of those.
    package mutating func mend(using random: inout some RandomNumberGenerator) -> [Int: Place] {
        let hosts = maybeShort.sorted().filter { members[$0]?.standing == .started }
        maybeShort = []
        guard !hosts.isEmpty else { return [:] }
        let before = hosts.map { members[$0]?.asks }
        for host in hosts where (members[host]?.asks.count { isThere($0.host) } ?? 0) < Self.few {
            leaveNeighbours(of: host)
            choose(for: host, using: &random)
        }
        connect(hosts, using: &random)
        var places: [Int: Place] = [:]
        for (host, asks) in zip(hosts, before) where members[host]?.asks != asks {
            places[host] = place(of: host)
        }
        return places
    }
}
