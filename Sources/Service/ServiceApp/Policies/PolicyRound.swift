import BitCollections
import Coverage
import Policies
import PrecacheModel
import Store

/// What a look at policies and fleet came to: kept in memory for who asks, until the next.
struct PolicyRound: Sendable {
    private let slots: [Int64: Int]
    private let leases: HostLeases
    let reconciliation: Reconciliation
    /// The images that policies want on an aggregate.
    let wanted: [AggregateName: Set<ImageID>]
    /// The share of each policy's hosts that have an image, for metrics.
    let coverage: [(aggregate: AggregateName, ImageCoverage)]

    /// Looks; takes up to seconds for thousands of policies and hosts, so it isn't for the cooperative pool.
    init(
        _ policies: [KeptPolicy],
        _ windows: [PolicyName: WindowState],
        _ fleet: Fleet,
        _ work: StoredPolicies.Work,
        now: Timestamp
    ) {
        let situation = Self.situation(policies, windows, fleet, work, now: now)
        reconciliation = Reconciler.reconcile(situation)
        leases = reconciliation.leases
        slots = Dictionary(
            uniqueKeysWithValues: fleet.hosts.enumerated().compactMap { slot, host in
                host.map { ($0.id, slot) }
            }
        )
        var wanted: [AggregateName: Set<ImageID>] = [:]
        for policy in policies where policy.record.spec.isEnabled {
            let images = policy.meanings.flatMap(\.current).map(\.id)
            for name in policy.record.spec.aggregates { wanted[name, default: []].formUnion(images) }
        }
        var coverage: [(aggregate: AggregateName, ImageCoverage)] = []
        for (name, images) in wanted.sorted(by: { $0.key < $1.key }) {
            guard let view = AggregateView(fleet, name, at: now) else { continue }
            coverage += images.sorted().map { (name, view.coverage(of: $0)) }
        }
        (self.coverage, self.wanted) = (coverage, wanted)
    }

    /// What a host is to keep; nil if that is what it holds, or if it wasn't looked at.
    func leases(of host: Int64, unless mark: String?, for duration: Duration) -> LeaseSet? {
        guard let slot = slots[host] else { return nil }
        let known = leases.marks[slot].description
        guard known != mark else { return nil }
        let lease = leases.lease(of: slot)
        return LeaseSet(
            mark: known,
            duration: duration,
            leases: lease.images.map { ImageLease(image: $0.id, policies: $0.policies.map(\.text)) },
            removals: lease.remove
        )
    }

    private static func situation(
        _ policies: [KeptPolicy],
        _ windows: [PolicyName: WindowState],
        _ fleet: Fleet,
        _ work: StoredPolicies.Work,
        now: Timestamp
    ) -> Situation {
        let present = BitSet(fleet.hosts.indices.filter { fleet.hosts[$0] != nil })
        var situation = Situation(
            now: now,
            policies: policies.map { policy in
                Situation.Policy(
                    name: policy.record.name,
                    spec: policy.record.spec,
                    meanings: policy.meanings,
                    // A zone that isn't known any more: nothing is made until it is.
                    window: windows[policy.record.name] ?? .closed(until: now + .seconds(3_600)),
                    openJobs: work.open[policy.record.name] ?? [],
                    lastRunAt: work.lastRun[policy.record.name]
                )
            },
            names: fleet.hosts.map { $0?.name },
            aggregates: fleet.aggregates.mapValues(\.hosts),
            enabled: fleet.enabled,
            down: fleet.down(among: present, at: now),
            unheard: fleet.unheard(among: present, at: now)
        )
        let wanted = Self.wantedSince(policies)
        for (image, slot) in fleet.imageSlots {
            situation.whole[image] = fleet.whole[slot]
            situation.unsupported[image] = fleet.unsupported(slot)
            // What went before anybody wanted it is no loss: a channel may go back to what it had removed.
            let start = wanted[image] ?? Timestamp(microseconds: .min)
            var troubles = fleet.losses[slot].filter { $0.value.at > start }
                .mapValues { PairTrouble(.lost, count: $0.count, at: $0.at) }
            for (host, failure) in fleet.failures[slot] {
                guard let reason = failure.reason else { continue }
                troubles[host] = PairTrouble(.failed(reason), count: failure.count, at: failure.at)
            }
            if !troubles.isEmpty { situation.troubles[image] = troubles }
        }
        // What lies in the future was written by a clock that was set back since: then the lists alone tell.
        for pair in work.brought where pair.at <= now + .seconds(60) {
            guard let slot = fleet.slot(of: pair.host) else { continue }
            if let listed = fleet.listedAt(pair.host), listed >= pair.at { continue }
            // A list that is as it was before the job says so, too.
            let loss = fleet.imageSlots[pair.image].flatMap { fleet.losses[$0][slot] }
            if let loss, loss.at > pair.at { continue }
            situation.whole[pair.image, default: []].insert(slot)
        }
        for pair in work.pairs {
            guard let slot = fleet.slot(of: pair.host) else { continue }
            situation.open[pair.image, default: []].insert(slot)
        }
        return situation
    }

    /// Since when images have been wanted that only channels mean.
    private static func wantedSince(_ policies: [KeptPolicy]) -> [ImageID: Timestamp] {
        var since: [ImageID: Timestamp] = [:]
        var always: Set<ImageID> = []
        for current in policies.lazy.flatMap(\.meanings).flatMap(\.current) {
            guard let start = current.since else {
                always.insert(current.id)
                continue
            }
            since[current.id] = min(since[current.id] ?? start, start)
        }
        return since.filter { !always.contains($0.key) }
    }
}
