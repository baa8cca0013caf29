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

/// What a simulated host does with the tasks that it gets.
package enum HostBehaviour: String, CaseIterable, Sendable {
    /// Caches every image, after the fleet's delay and at its bandwidth.
    case good
    /// The same, but the fleet's slow factor slower.
    case slow
    /// Fails the first attempt with a reason that another attempt may mend; then it is good.
    case flaky
    /// Fails every attempt.
    case failing
    /// Takes the task, sends heartbeats and never gets anywhere: the attempt's time limit ends it.
    case stalled
    /// Takes the task and says nothing more: the limit on silence ends it.
    case mute
    /// Nothing listens there.
    case down
}

/// The loopback addresses of simulated hosts: 127.16.0.1, 127.16.0.2, … with 250 to the last two parts each, so that
/// nobody trips over .0 and .255.
enum FleetAddress {
    /// The most hosts that there are addresses for.
    static let capacity = 240 * 250 * 250

    /// A host's address.
    static func text(of index: Int) -> String {
        "127.\(16 + index / 62_500).\(index / 250 % 250).\(index % 250 + 1)"
    }

    /// The host at an address; nil for an address of nobody's.
    static func index(of address: Substring) -> Int? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return nil }
        let numbers = parts[1...].compactMap { Int($0) }
        guard numbers.count == 3, (16..<256).contains(numbers[0]), (0..<250).contains(numbers[1]),
            (1...250).contains(numbers[2])
        else { return nil }
        return (numbers[0] - 16) * 62_500 + numbers[1] * 250 + numbers[2] - 1
    }
}

/// A fleet that can't be simulated as asked.
package struct FleetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would mend it.
    package let description: String

    init(_ description: String) { self.description = description }
}
