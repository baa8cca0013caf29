import Coverage
import Policies
import PrecacheModel
import Reactor
import Store
import Synchronization

extension PolicyKeeper {
    /// Pairs of aggregate and image that are written down at most, those of policies first.
    private static let pairs = 2_000

    /// Writes down how policies stand, and how much of aggregates has which images, where that is news.
    ///
    /// Of several controllers the one that has lived longest does it: each sees hosts die and return at a moment of its own.
    func note(_ round: PolicyRound, _ fleet: Fleet, at now: Timestamp) async throws {
        let first = try await needs.store.controllers.all().first?.number
        guard first == needs.store.controllers.number else {
            // What another writes meanwhile isn't known here.
            return state.withLock { $0.noted = Noted() }
        }
        try await note(round.reconciliation.statuses, at: now)
        try await note(coverageOf: fleet, wanted: round.wanted, at: now)
    }

    private func note(_ statuses: [PolicyName: PolicyStatus], at now: Timestamp) async throws {
        let noted = state.withLock { $0.noted.policies }
        let news = statuses.compactMap { policy, status -> StoredPolicies.NamedMoment? in
            let moment = PolicyMoment(status, at: now)
            return moment.isNews(after: noted[policy]) ? (policy, moment) : nil
        }
        try await needs.store.policies.note(news)
        state.withLock { state in
            state.noted.policies = noted.filter { statuses[$0.key] != nil }
            for (policy, moment) in news { state.noted.policies[policy] = moment }
        }
    }

    private func note(
        coverageOf fleet: Fleet,
        wanted: [AggregateName: Set<ImageID>],
        at now: Timestamp
    ) async throws {
        let known = state.withLock { $0.noted.coverage }
        let noted = if let known { known } else { try await needs.store.inventory.lastMoments() }
        let moments = try await lane.run { Self.coverage(of: fleet, wanted, noted, at: now) }
        let news = moments.filter { $0.moment.isNews(after: noted[$0.pair]) }
        try await needs.store.inventory.note(news)
        let present = Set(moments.map(\.pair))
        var next = noted.filter { present.contains($0.key) }
        for (pair, moment) in news { next[pair] = moment }
        state.withLock { [next] in $0.noted.coverage = next }
    }

    /// What is to be looked at: what policies want, what was written down before and may be gone, and what hosts have.
    private static func coverage(
        of fleet: Fleet,
        _ wanted: [AggregateName: Set<ImageID>],
        _ noted: [CoveragePair: CoverageMoment],
        at now: Timestamp
    ) -> [(pair: CoveragePair, moment: CoverageMoment)] {
        let formerly = Dictionary(grouping: noted.keys, by: \.aggregate).mapValues { $0.map(\.image) }
        var first: [(pair: CoveragePair, moment: CoverageMoment)] = []
        var others = first
        for (name, aggregate) in fleet.aggregates.sorted(by: { $0.key < $1.key }) {
            guard let view = AggregateView(fleet, name, at: now) else { continue }
            let moments = { (images: Set<ImageID>) in
                images.sorted().prefix(pairs).map { image in
                    let moment = CoverageMoment(at: now, coverage: view.coverage(of: image))
                    return (pair: CoveragePair(aggregate: aggregate.id, image: image), moment: moment)
                }
            }
            let ordered = wanted[name] ?? []
            first += moments(ordered)
            guard others.count < pairs else { continue }
            let had = Set(formerly[aggregate.id] ?? []).union(view.images).subtracting(ordered)
            // What has gone is told once: then nobody has it, and it needn't be looked at.
            others += moments(had).filter { $0.moment.hasAny || noted[$0.pair]?.hasAny == true }
        }
        return Array((first + others).prefix(pairs))
    }
}

extension CoverageMoment {
    /// Whether any host has it, whole or damaged.
    fileprivate var hasAny: Bool {
        [Warmth.warm, .stale, .damaged].contains { coverage.hosts[$0] ?? 0 > 0 }
    }
}
