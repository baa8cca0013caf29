import Coverage
import ImageService
import Logging
import Policies
import PrecacheModel
import Reactor
import ServiceAPI
import Store
import Synchronization
import Telemetry

typealias StoredPolicyRow = StoredPolicies.Row

/// Keeps policies: looks up what their channels mean, has jobs made for what hosts lack, and says what each host is to keep.
///
/// Each controller on a database does so; what two would do at once is done by the one that comes first (`JobAdmission`).
final class PolicyKeeper: Sendable {
    /// What it works with.
    struct Needs: Sendable {
        let store: ServiceStore
        let images: KnownImages
        let settings: PolicySettings
        let plans: any JobPlanning
        /// Limits of jobs of which a policy says none.
        let defaults: JobLimits
        /// Results that one job may have.
        let results: Int
        let logger: Logger
    }

    struct State {
        var policies: [KeptPolicy] = []
        var round: PolicyRound?
        /// When each policy that it looked at had last been changed: of one that was since it says nothing.
        var lookedAt: [PolicyName: Timestamp] = [:]
        var asked = Asked()
        var noted = Noted()
    }

    /// What is to be looked at at once.
    struct Asked {
        /// Policies whose channels are to be looked up, too.
        var names: Set<PolicyName> = []
        var isForAll = false

        var isSomething: Bool { isForAll || !names.isEmpty }
    }

    let needs: Needs
    let lane: BlockingLane
    let zones = ZoneDatabase()
    private let metrics: PolicyMetrics
    let state = Mutex(State())
    let bell: AsyncStream<Void>.Continuation
    private let rings: AsyncStream<Void>

    init(_ needs: Needs, _ metrics: MetricsRegistry) throws {
        self.needs = needs
        self.metrics = PolicyMetrics(metrics)
        lane = try BlockingLane(name: "policies")
        (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: The loop

    /// How often it looks whether there is something to do, and how long it waits for hosts that come at about the same time.
    private static let look = Duration.seconds(1)
    private static let gathering = Duration.seconds(3)
    /// How often everything is looked at, whatever has happened.
    private static let floor = Duration.seconds(120)

    /// What the last round saw.
    private struct Seen {
        var revision: Int64?
        var changes = -1
        var at = ContinuousClock.now - .seconds(3_600)
        var due: Timestamp?
        /// How long the last round took: they are ten times as far apart.
        var took = Duration.zero
        var changedSince: ContinuousClock.Instant?
        var channels = ChannelLookups()
    }

    /// Keeps until the task is cancelled.
    func run(_ onEnd: @Sendable ((any Error)?) -> Void) async {
        var seen = Seen()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [bell] in
                while (try? await Task.sleep(for: Self.look)) != nil { bell.yield() }
                bell.finish()
            }
            for await _ in rings {
                do {
                    try await turn(&seen)
                    onEnd(nil)
                } catch {
                    guard !Task.isCancelled else { break }
                    onEnd(error)
                }
            }
            group.cancelAll()
        }
    }

    /// Stops the thread.
    func stop() { lane.stop() }

    private func turn(_ seen: inout Seen) async throws {
        let fleet = try await needs.store.inventory.fleet()
        let (clock, now) = (ContinuousClock.now, needs.store.controllers.now())
        let isChanged = fleet.revision != seen.revision || fleet.changes != seen.changes
        if isChanged { seen.changedSince = seen.changedSince ?? clock }
        let asked = state.withLock { state in
            defer { state.asked = Asked() }
            return state.round == nil ? Asked(names: state.asked.names, isForAll: true) : state.asked
        }
        let hasGathered = seen.changedSince.map { clock - $0 >= max(Self.gathering, seen.took * 10) } ?? false
        let isDue = seen.due.map { $0 <= now } ?? false || seen.channels.nextAt.map { $0 <= clock } ?? false
        guard asked.isSomething || hasGathered || isDue || clock - seen.at >= Self.floor else { return }
        let done: Done
        do { done = try await round(asked.names, &seen, now) } catch {
            // What was asked for still is.
            state.withLock { state in
                state.asked.names.formUnion(asked.names)
                state.asked.isForAll = state.asked.isForAll || asked.isForAll
            }
            // What costs much isn't tried again at once.
            (seen.at, seen.took, seen.due) = (clock, ContinuousClock.now - clock, nil)
            throw error
        }
        (seen.revision, seen.changes, seen.changedSince) = (done.fleet.revision, done.fleet.changes, nil)
        (seen.at, seen.took) = (clock, ContinuousClock.now - clock)
        // Last: what can't be written down keeps nothing from being done.
        try await note(done.round, done.fleet, at: done.at)
    }

    /// What a round looked at, and came to.
    private typealias Done = (round: PolicyRound, fleet: Fleet, at: Timestamp)

    /// Looks at everything, and does what is to be done.
    private func round(
        _ asked: Set<PolicyName>,
        _ seen: inout Seen,
        _ now: Timestamp
    ) async throws -> Done {
        var policies = try await needs.store.policies.all().compactMap { row in
            let kept = KeptPolicy(row)
            if kept == nil {
                needs.logger.error(
                    "a policy can't be read: nothing is done for it",
                    metadata: ["policy": "\(row.name)"]
                )
            }
            return kept
        }
        await seen.channels.look(for: &policies, asked, needs.settings, at: now, newest)
        let knownAt = needs.store.controllers.now()
        let work = policies.isEmpty ? StoredPolicies.Work() : try await needs.store.policies.work()
        // After the open jobs: what has ended by then, the fleet knows.
        let fleet = try await needs.store.inventory.fleet()
        let round = try await reconcile(policies, fleet, work, now)
        seen.due = round.reconciliation.nextDueAt
        let kept = forget(round.reconciliation.forgotten, policies)
        let lookedAt = Dictionary(uniqueKeysWithValues: kept.map { ($0.row.name, $0.row.updatedAt) })
        state.withLock { state in
            (state.policies, state.round, state.lookedAt) = (kept, round, lookedAt)
        }
        metrics.show(round)
        try await remember(kept)
        try await carryOut(round, kept, fleet, knownAt: knownAt)
        return (round, fleet, knownAt)
    }

    private func reconcile(
        _ policies: [KeptPolicy],
        _ fleet: Fleet,
        _ work: StoredPolicies.Work,
        _ now: Timestamp
    ) async throws -> PolicyRound {
        let zones = zones
        return try await lane.run {
            var rules: [String: TimeZoneRules] = [:]
            var windows: [PolicyName: WindowState] = [:]
            for policy in policies {
                let calendar = try? WindowCalendar(policy.record.spec.windows) { zone in
                    if let known = rules[zone] { return known }
                    let read = try zones.rules(of: zone)
                    rules[zone] = read
                    return read
                }
                windows[policy.record.name] = calendar?.state(at: now)
            }
            return PolicyRound(policies, windows, fleet, work, now: now)
        }
    }

    /// A channel's images, newest first: those of the catalogue and of Glance together.
    private func newest(of channel: ImageChannel) async throws -> [ImageID] {
        do {
            return try await needs.images.newest(of: channel, count: 20)
        } catch {
            needs.logger.warning(
                "a channel can't be looked up: what it meant before holds",
                metadata: ["channel": "\(channel)", "error": "\(error)"]
            )
            throw error
        }
    }

    private func forget(
        _ forgotten: [PolicyName: [Int: [ImageID]]],
        _ policies: [KeptPolicy]
    ) -> [KeptPolicy] {
        policies.map { policy in
            var policy = policy
            for (place, images) in forgotten[policy.record.name] ?? [:] {
                policy.meanings[place].superseded.removeAll { images.contains($0) }
            }
            return policy
        }
    }

    private func remember(_ policies: [KeptPolicy]) async throws {
        let changed = policies.filter { $0.memory != $0.row.memory && $0.hasChannels }
        guard !changed.isEmpty else { return }
        try await needs.store.policies.remember(changed.map { ($0.row, $0.memory) })
    }
}

extension KeptPolicy {
    /// Whether there is anything to remember.
    var hasChannels: Bool {
        record.spec.images.contains { if case .newest = $0 { true } else { false } }
    }
}
