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

    /// Gives members other neighbours of whose own most had it before; returns the places of those.
    package mutating func mend(using random: inout some RandomNumberGenerator) -> [Int: Place] {
        let hosts = maybeShort.sorted().filter { host in
            guard let member = members[host], member.standing == .started else { return false }
            return member.asks.count { isThere($0.host) } < Self.few
        }
        maybeShort = []
        for host in hosts {
            leaveNeighbours(of: host)
            choose(for: host, using: &random)
        }
        if !hosts.isEmpty { connect(hosts, using: &random) }
        return Dictionary(
            uniqueKeysWithValues: hosts.compactMap { host in place(of: host).map { (host, $0) } }
        )
    }
}
