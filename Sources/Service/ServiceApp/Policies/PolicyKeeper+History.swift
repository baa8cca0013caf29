import Coverage
import Policies
import PrecacheModel
import Reactor
import Store
import Synchronization

extension PolicyKeeper {
    /// What this controller last wrote down.
    struct Noted {
        var policies: [PolicyName: PolicyMoment] = [:]
        var coverage: [CoveragePair: CoverageMoment] = [:]
        var coverageAt: Timestamp?
        /// Since when it is the one that writes.
        var since: ContinuousClock.Instant?
    }

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
        state.withLock { $0.noted.since = $0.noted.since ?? .now }
        try await note(round.reconciliation.statuses, at: now)
        try await note(round.coverage, fleet, at: now)
    }

    private func note(_ statuses: [PolicyName: PolicyStatus], at now: Timestamp) async throws {
        let noted = state.withLock { $0.noted.policies }
        let news = statuses.compactMap { policy, status -> StoredPolicies.NamedMoment? in
            let moment = PolicyMoment(status, at: now)
            return moment.isNews(after: noted[policy]) ? (policy, moment) : nil
        }
        let last = try await needs.store.policies.note(news)
        state.withLock { state in
            state.noted.policies = noted.filter { statuses[$0.key] != nil }
            for (policy, moment) in last { state.noted.policies[policy] = moment }
        }
    }

    private func note(
        _ wanted: [(aggregate: AggregateName, ImageCoverage)],
        _ fleet: Fleet,
        at now: Timestamp
    ) async throws {
        let noted = state.withLock { $0.noted }
        guard Self.isDue(noted, fleet, at: now) else { return }
        let asked = try await needs.store.inventory.pairsOfJobs(limit: Self.pairs)
        let moments = try await lane.run {
            Self.moments(of: fleet, wanted, asked, limit: Self.pairs, at: now)
        }
        let news = moments.filter { $0.moment.isNews(after: noted.coverage[$0.pair]) }
        let last = try await needs.store.inventory.note(news)
        let present = Set(moments.map(\.pair))
        state.withLock { state in
            state.noted.coverageAt = now
            state.noted.coverage = noted.coverage.filter { present.contains($0.key) }
                .merging(last) { $1 }
        }
    }

    /// Whether coverage is to be looked at: a minute after the last time, and once every agent that lives has been heard,
    /// for the one who writes may have begun just now.
    private static func isDue(_ noted: Noted, _ fleet: Fleet, at now: Timestamp) -> Bool {
        let interval = fleet.beats.compactMap { $0?.interval }.max() ?? .zero
        let hearing = min(interval * HostState.missedIntervals, .seconds(600))
        guard let since = noted.since, since.duration(to: .now) >= hearing else { return false }
        guard let last = noted.coverageAt else { return true }
        return now >= last + CoverageMoment.pause || now < last
    }

    /// How things are now: what policies want, and then what jobs were about, so many at most.
    static func moments(
        of fleet: Fleet,
        _ wanted: [(aggregate: AggregateName, ImageCoverage)],
        _ asked: [CoveragePair],
        limit: Int,
        at now: Timestamp
    ) -> [(pair: CoveragePair, moment: CoverageMoment)] {
        var moments = wanted.prefix(limit).compactMap { name, coverage in
            fleet.aggregates[name].map { aggregate in
                let pair = CoveragePair(aggregate: aggregate.id, image: coverage.image)
                return (pair: pair, moment: CoverageMoment(at: now, coverage: coverage))
            }
        }
        let known = Set(moments.map(\.pair))
        let names = Dictionary(uniqueKeysWithValues: fleet.aggregates.map { ($0.value.id, $0.key) })
        var views: [Int64: AggregateView] = [:]
        for pair in asked where !known.contains(pair) {
            guard moments.count < limit else { break }
            guard let name = names[pair.aggregate],
                let view = views[pair.aggregate] ?? AggregateView(fleet, name, at: now)
            else { continue }
            views[pair.aggregate] = view
            moments.append((pair, CoverageMoment(at: now, coverage: view.coverage(of: pair.image))))
        }
        return moments
    }
}
