import BitCollections
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
        /// Limits of jobs of which a policy says none.
        let defaults: JobLimits
        let logger: Logger
    }

    private struct State {
        var policies: [KeptPolicy] = []
        var round: PolicyRound?
        /// Policies that are to be looked at whatever was.
        var asked: Set<PolicyName> = []
    }

    private let needs: Needs
    private let lane: BlockingLane
    private let zones = ZoneDatabase()
    private let metrics: PolicyMetrics
    private let state = Mutex(State())
    private let bell: AsyncStream<Void>.Continuation
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
        var changedSince: ContinuousClock.Instant?
        var checks: [ImageChannel: ContinuousClock.Instant] = [:]
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
        let asked = state.withLock { state in
            defer { state.asked = [] }
            return state.asked
        }
        let (clock, now) = (ContinuousClock.now, needs.store.controllers.now())
        if fleet.revision != seen.revision || fleet.changes != seen.changes {
            seen.changedSince = seen.changedSince ?? clock
        }
        let hasGathered = seen.changedSince.map { clock - $0 >= Self.gathering } ?? false
        let isDue = seen.due.map { $0 <= now } ?? false
        let isFirst = state.withLock { $0.round == nil }
        guard
            isFirst || !asked.isEmpty || hasGathered || isDue || clock - seen.at >= Self.floor
                || fleet.revision != seen.revision
        else { return }
        (seen.revision, seen.changes, seen.at, seen.changedSince) = (
            fleet.revision, fleet.changes, clock, nil
        )
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
        await lookUp(&policies, asked, &seen, now)
        let round = try await reconcile(policies, fleet, now)
        seen.due = round.reconciliation.nextDueAt
        let kept = forget(round.reconciliation.forgotten, policies)
        state.withLock { state in (state.policies, state.round) = (kept, round) }
        metrics.show(round)
        try await remember(kept)
        try await carryOut(round, kept, fleet)
    }

    private func reconcile(
        _ policies: [KeptPolicy],
        _ fleet: Fleet,
        _ now: Timestamp
    ) async throws -> PolicyRound {
        let work = try await needs.store.policies.work()
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

    // MARK: Channels

    /// Looks channels up that are due, or whose policy is asked for.
    private func lookUp(
        _ policies: inout [KeptPolicy],
        _ asked: Set<PolicyName>,
        _ seen: inout Seen,
        _ now: Timestamp
    ) async {
        var found: [ImageChannel: [ImageID]?] = [:]
        let clock = ContinuousClock.now
        for index in policies.indices where policies[index].record.spec.isEnabled {
            for (place, image) in policies[index].record.spec.images.enumerated() {
                guard case .newest(let channel, let count) = image else { continue }
                let isKnown = !policies[index].meanings[place].current.isEmpty
                let wait = isKnown ? needs.settings.check : min(needs.settings.check, .seconds(30))
                let isDue = seen.checks[channel].map { clock - $0 >= wait } ?? true
                guard isDue || asked.contains(policies[index].record.name) || found[channel] != nil else {
                    continue
                }
                seen.checks[channel] = clock
                let images: [ImageID]?
                if let known = found[channel] {
                    images = known
                } else {
                    images = await newest(of: channel)
                    found[channel] = images
                }
                if let images { policies[index].meanings[place].take(images, count: count, at: now) }
            }
        }
        let next = seen.checks.values.min().map { needs.settings.check - (clock - $0) }
        if let next, let due = seen.due.map({ min($0, now + next) }) ?? (now + next) as Timestamp? {
            seen.due = due
        }
    }

    /// A channel's images, newest first: those of the catalogue and of Glance together; nil if they can't be looked up now.
    private func newest(of channel: ImageChannel) async -> [ImageID]? {
        do {
            return try await needs.images.newest(of: channel, count: 20)
        } catch {
            needs.logger.warning(
                "a channel can't be looked up: what it meant before holds",
                metadata: ["channel": "\(channel)", "error": "\(error)"]
            )
            return nil
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

    // MARK: Jobs

    private func carryOut(_ round: PolicyRound, _ policies: [KeptPolicy], _ fleet: Fleet) async throws {
        let specs = Dictionary(uniqueKeysWithValues: policies.map { ($0.record.name, $0.record.spec) })
        for (name, status) in round.reconciliation.statuses {
            guard specs[name]?.windowEnd == .pause, status.nextWindowAt != nil else { continue }
            for job in status.openJobs { try await pause(job, of: name) }
        }
        for job in round.reconciliation.jobs {
            guard let spec = specs[job.policy] else { continue }
            try await make(job, spec, fleet)
        }
    }

    private func pause(_ job: JobID, of policy: PolicyName) async throws {
        do throws(StoreError) {
            _ = try await needs.store.jobs.cancelJob(job, requestedBy: "policy \(policy)")
            needs.logger.info(
                "a policy's window has closed: its job is stopped",
                metadata: ["policy": "\(policy)", "job": "\(job)"]
            )
        } catch {
            guard error.code != .conflict, error.code != .notFound else { return }
            throw error
        }
    }

    private func make(_ job: Reconciliation.Job, _ spec: PolicySpec, _ fleet: Fleet) async throws {
        let known = try await needs.store.inventory.images(job.images.map(\.id))
        var lacking: [Int64: [Int]] = [:]
        for (place, image) in job.images.enumerated() {
            for slot in image.hosts {
                guard let host = fleet.hosts[slot] else { continue }
                lacking[host.id, default: []].append(place)
            }
        }
        var limits = needs.defaults
        if let parallelism = spec.parallelism { limits.parallelism = parallelism }
        if let hostTimeout = spec.hostTimeout { limits.hostTimeout = hostTimeout }
        limits.priority = spec.priority
        let new = NewJob(
            id: .make(),
            aggregate: AggregateKey(job.aggregate.text),
            images: job.images.map { known[$0.id]?.reference ?? .unresolved($0.id) },
            limits: limits,
            account: "policy\n\(job.policy)",
            order: PolicyOrder(policy: job.policy, lacking: lacking)
        )
        do throws(StoreError) {
            let made = try await needs.store.jobs.createJob(new, claim: nil).job
            needs.logger.info(
                "job made for a policy",
                metadata: ["policy": "\(job.policy)", "job": "\(made.id)", "hosts": "\(made.hostsTotal)"]
            )
        } catch {
            switch error.code {
            // Another controller was first, or the aggregate has just gone.
            case .conflict, .notFound: return
            case .tooMany, .tooLarge:
                needs.logger.warning(
                    "no job can be made for a policy",
                    metadata: ["policy": "\(job.policy)", "error": "\(error.message)"]
                )
            default: throw error
            }
        }
    }
}

extension KeptPolicy {
    /// Whether there is anything to remember.
    var hasChannels: Bool {
        record.spec.images.contains { if case .newest = $0 { true } else { false } }
    }
}

extension PolicyKeeper: WantedImages {
    func images(wantedOn aggregate: AggregateName) async throws(StoreError) -> Set<ImageID> {
        state.withLock { PolicyRound.images(of: $0.policies, on: aggregate) }
    }

    func leases(of host: Int64, unless mark: String?) -> LeaseSet? {
        state.withLock { $0.round }?.leases(of: host, unless: mark, for: needs.settings.lease)
    }
}

extension PolicyKeeper: PolicyRecords {
    func policies() async throws(StoreError) -> [(record: PolicyRecord, status: PolicyStatus)] {
        let statuses = state.withLock { $0.round?.reconciliation.statuses ?? [:] }
        return try await needs.store.policies.all().compactMap { row in
            guard let kept = KeptPolicy(row) else { return nil }
            let first = PolicyStatus(state: kept.record.spec.isEnabled ? .working : .disabled, fraction: 0)
            return (kept.record, statuses[row.name] ?? first)
        }
    }

    func apply(
        _ policies: [(name: PolicyName, spec: PolicySpec)],
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [PolicyChange] {
        let texts = policies.map { (name: $0.name, spec: KeptPolicy.text($0.spec)) }
        let changes = try await needs.store.policies.apply(texts, prune: prune, dryRun: dryRun)
        if !dryRun { bell.yield() }
        return changes
    }

    func delete(_ name: PolicyName) async throws(StoreError) {
        try await needs.store.policies.delete(name)
        bell.yield()
    }

    func run(_ name: PolicyName) async throws(StoreError) {
        guard try await needs.store.policies.all().contains(where: { $0.name == name }) else {
            throw StoreError.notFound("policy", name.text)
        }
        try await needs.store.inventory.forgive(policyImages(of: name))
        state.withLock { _ = $0.asked.insert(name) }
        bell.yield()
    }

    private func policyImages(of name: PolicyName) -> Set<ImageID> {
        state.withLock { state in
            Set(
                state.policies.first { $0.record.name == name }?.meanings.flatMap { $0.current.map(\.id) }
                    ?? []
            )
        }
    }

    func fault(inZone zone: String) -> String? {
        do throws(ZoneDatabase.UnknownZone) {
            _ = try zones.rules(of: zone)
            return nil
        } catch {
            return error.description
        }
    }
}
