import BitCollections
import Policies
import PrecacheModel

/// Small fleets in few words: hosts are numbers, images and aggregates short names.
struct Small {
    static let start = Timestamp(microseconds: 1_780_000_000_000_000)

    var situation = Situation(now: Self.start)

    init(hosts: Int) {
        situation.names = (0..<hosts).map { try? HostName("host-\($0)") }
        situation.enabled = BitSet(0..<hosts)
    }

    mutating func aggregate(_ name: String, _ hosts: BitSet) throws {
        situation.aggregates[try AggregateName(name)] = hosts
    }

    mutating func policy(
        _ name: String,
        on aggregates: [String],
        _ meanings: ChannelMeaning...,
        priority: JobPriority = .normal,
        superseded: SupersededRule = .unpin,
        windowEnd: WindowEnd = .finish,
        window: WindowState = .open(until: nil),
        isEnabled: Bool = true,
        expiresAt: Timestamp? = nil
    ) throws {
        let cron = try CronLine("0 0 * * *")
        let spec = PolicySpec(
            aggregates: try aggregates.map { text throws(InvalidValue) in try AggregateName(text) },
            images: meanings.enumerated().map { index, meaning in
                meaning.current.first.map { $0.since == nil } ?? false
                    ? .image(meaning.current[0].id) : .newest(.tag("channel-\(index)"), count: 2)
            },
            windows: window == .open(until: nil) ? [] : [PolicyWindow(cron: cron, hours: 1, zone: "UTC")],
            windowEnd: windowEnd,
            superseded: superseded,
            priority: priority,
            isEnabled: isEnabled,
            expiresAt: expiresAt
        )
        situation.policies.append(
            Situation.Policy(name: try PolicyName(name), spec: spec, meanings: meanings, window: window)
        )
    }

    /// The jobs to be made, in words: `web: a@0,1 b@0`.
    func jobs() -> [String] {
        Reconciler.reconcile(situation).jobs.map { job in
            let images = job.images.map { "\($0.id)@\($0.hosts.map(String.init).joined(separator: ","))" }
            return "\(job.policy)/\(job.aggregate): \(images.joined(separator: " "))"
        }
    }

    func status(_ name: String) throws -> PolicyStatus? {
        Reconciler.reconcile(situation).statuses[try PolicyName(name)]
    }

    /// A host's lease, in words: `a=base,web -b`.
    func lease(_ host: Int) -> String {
        let lease = Reconciler.reconcile(situation).leases.lease(of: host)
        let kept = lease.images.map { "\($0.id)=\($0.policies.map(\.text).joined(separator: ","))" }
        return (kept + lease.remove.map { "-\($0.image)" }).joined(separator: " ")
    }
}

/// An image that a policy names.
func named(_ text: String) throws -> ChannelMeaning { ChannelMeaning(try ImageID(text)) }

/// What a channel means, and meant.
func channel(_ current: [String], before: [String] = [], isEmpty: Bool = false) throws -> ChannelMeaning {
    ChannelMeaning(
        current: try current.map { text throws(InvalidValue) in
            ChannelMeaning.Current(id: try ImageID(text), since: Small.start)
        },
        superseded: try before.map { text throws(InvalidValue) in try ImageID(text) },
        isEmpty: isEmpty
    )
}

extension Timestamp {
    static func after(_ seconds: Int) -> Timestamp { Small.start + .seconds(seconds) }
}
