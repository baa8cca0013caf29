/// The hosts of a fleet, and which of them do what.
///
/// The same numbers and seed give the same fleet: a rehearsal can be repeated, and a restart changes nothing.
package struct FleetPlan: Sendable {
    /// How many hosts there are.
    package let hosts: Int
    /// What follows the number in a host's name, for example `.fleet.test`; empty for none.
    package let domain: String
    /// Where the agents listen.
    package let port: Int
    private let behaviours: [HostBehaviour]
    private let digits: Int

    /// Hosts that are not good, by what they do; the first listed take their share first.
    package typealias Shares = [(behaviour: HostBehaviour, share: FleetShare)]

    /// Plans a fleet.
    ///
    /// - Parameters:
    ///   - hosts: How many; from 1 to 15,000,000.
    ///   - shares: Who is not good.
    ///   - seed: Decides which hosts those are.
    ///   - domain: What follows the number in a host's name.
    ///   - port: Where the agents listen.
    /// - Throws: ``FleetError`` for numbers that do not fit together.
    package init(
        hosts: Int,
        shares: Shares = [],
        seed: UInt64 = 1,
        domain: String = "",
        port: Int = 7701
    ) throws(FleetError) {
        guard (1...FleetAddress.capacity).contains(hosts) else {
            throw FleetError("a fleet has 1 to \(FleetAddress.capacity) hosts, not \(hosts)")
        }
        guard (1...65_534).contains(port) else {
            throw FleetError("the agents' port must be from 1 to 65534, not \(port)")
        }
        var list = [HostBehaviour](repeating: .good, count: hosts)
        var next = 0
        for (behaviour, share) in shares {
            let count = share.count(of: hosts)
            guard next + count <= hosts else {
                throw FleetError("the shares are more than the whole fleet of \(hosts) hosts")
            }
            for index in next..<(next + count) { list[index] = behaviour }
            next += count
        }
        var generator = SeededGenerator(seed: seed)
        list.shuffle(using: &generator)
        self.hosts = hosts
        self.domain = domain
        self.port = port
        behaviours = list
        digits = max(5, String(hosts).count)
    }

    /// What a host does.
    package func behaviour(of index: Int) -> HostBehaviour { behaviours[index] }

    /// How many hosts do that.
    package func count(_ behaviour: HostBehaviour) -> Int { behaviours.count { $0 == behaviour } }

    /// A host's name: `sim-00001` and so on, with the domain.
    package func name(of index: Int) -> String {
        let number = String(index + 1)
        return "sim-" + String(repeating: "0", count: digits - number.count) + number + domain
    }

    /// A host's address, one of 127.0.0.0/8.
    package func address(of index: Int) -> String { FleetAddress.text(of: index) }

    /// Where the service is to look for a host's agent: nobody listens on a dead host's port.
    package func port(of index: Int) -> Int { behaviours[index] == .down ? port + 1 : port }

    /// The host that a request's `Host` field names, by address or by name; nil for none of these.
    package func index(host field: String) -> Int? {
        let host = field.prefix { $0 != ":" }
        let index: Int?
        if host.hasPrefix("127.") {
            index = FleetAddress.index(of: host)
        } else {
            guard host.hasPrefix("sim-"), host.hasSuffix(domain) else { return nil }
            index = Int(host.dropFirst(4).dropLast(domain.count)).map { $0 - 1 }
        }
        guard let index, (0..<hosts).contains(index) else { return nil }
        return index
    }
}
