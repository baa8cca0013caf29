internal import BitCollections
internal import PrecacheModel

/// Says what is to be done so that hosts have what policies want, and why what is missing is missing.
///
/// A pure function: the same situation gives the same jobs, in the same order, and one in which they are open gives none of them
/// again.
package enum Reconciler {
    package static func reconcile(_ situation: Situation) -> Reconciliation {
        var images = ImageFacts(situation)
        let policies = situation.policies
            .sorted {
                $0.spec.priority == $1.spec.priority ? $0.name < $1.name : $0.spec.priority > $1.spec.priority
            }
            .map { PolicyFacts($0, situation, &images) }
        let jobs = jobs(of: policies, situation, &images)
        var statuses: [PolicyName: PolicyStatus] = [:]
        var due: [Timestamp] = []
        for policy in policies {
            let status = StatusReport(policy, situation, images).status
            statuses[policy.policy.name] = status
            guard policy.isActive else { continue }
            due += [status.nextRunAt, policy.policy.window.end, policy.policy.spec.expiresAt].compactMap {
                $0
            }
        }
        var holdings = Holdings()
        var forgotten: [PolicyName: [Int: [ImageID]]] = [:]
        for policy in policies where policy.isActive {
            let over = holdings.add(policy, images)
            if !over.isEmpty { forgotten[policy.policy.name] = over }
        }
        return Reconciliation(
            jobs: jobs,
            leases: holdings.leases(ofHosts: situation.names.count, images),
            statuses: statuses,
            forgotten: forgotten,
            nextDueAt: due.filter { $0 > situation.now }.min()
        )
    }

    private static func jobs(
        of policies: [PolicyFacts],
        _ situation: Situation,
        _ images: inout ImageFacts
    ) -> [Reconciliation.Job] {
        var jobs: [Reconciliation.Job] = []
        for policy in policies where policy.isActive && policy.policy.window.isOpen {
            let able = policy.counted.subtracting(situation.down).subtracting(situation.unheard)
            let wanted = policy.images.map { image in
                let hosts = images.askable(image, among: able)
                images.claimed[image].formUnion(hosts)
                return (image: image, hosts: hosts)
            }.filter { !$0.hosts.isEmpty }
            guard !wanted.isEmpty else { continue }
            var rest = wanted.reduce(into: BitSet()) { $0.formUnion($1.hosts) }
            for name in policy.policy.spec.aggregates {
                guard let members = situation.aggregates[name], !rest.isEmpty else { continue }
                let own = rest.intersection(members)
                guard !own.isEmpty else { continue }
                rest.subtract(own)
                jobs.append(
                    Reconciliation.Job(
                        policy: policy.policy.name,
                        aggregate: name,
                        images: wanted.compactMap { image, hosts in
                            let hosts = hosts.intersection(own)
                            return hosts.isEmpty ? nil : .init(id: images.ids[image], hosts: hosts)
                        }
                    )
                )
            }
        }
        return jobs
    }
}

/// A policy with the sets of hosts that it is about.
struct PolicyFacts {
    let policy: Situation.Policy
    let isActive: Bool
    /// The hosts of its aggregates.
    let hosts: BitSet
    /// Those that take part in jobs.
    let counted: BitSet
    /// The images that it wants now, each once, as numbers of ``ImageFacts``.
    let images: [Int]
    /// Its aggregates that don't exist.
    let absent: [AggregateName]

    init(_ policy: Situation.Policy, _ situation: Situation, _ facts: inout ImageFacts) {
        self.policy = policy
        isActive = policy.isActive(at: situation.now)
        var hosts = BitSet()
        var absent: [AggregateName] = []
        for name in policy.spec.aggregates {
            if let members = situation.aggregates[name] {
                hosts.formUnion(members)
            } else {
                absent.append(name)
            }
        }
        self.hosts = hosts
        self.absent = absent
        counted = hosts.intersection(situation.enabled)
        var images: [Int] = []
        for current in policy.meanings.lazy.flatMap(\.current) {
            let image = facts.number(of: current.id, in: situation)
            if !images.contains(image) { images.append(image) }
        }
        self.images = images
        for old in policy.meanings.lazy.flatMap(\.superseded) { _ = facts.number(of: old, in: situation) }
    }
}
