import PrecacheModel
import Synchronization

@testable import Outbox

/// Webhooks, jobs and events in memory.
final class FakeStore: OutboxStore {
    struct State {
        var targets: [WebhookTarget] = []
        var jobs: [JobID: JobRecord] = [:]
        var events: [JobID: [EventRecord]] = [:]
        var cursors: [Int64: [JobID: Int64]] = [:]
        var imagesPerHost: [HostName: Int] = [:]
        var writes: [(webhook: Int64, progress: DeliveryProgress)] = []
        var changed: Set<JobID> = []
        var lastEvent: Int64 = 0
        var trouble: StoreError?
    }

    let state = Mutex(State())
    private let stream: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init() { (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    /// Adds events to a job, and rings.
    func append(_ job: JobRecord, at now: Timestamp, _ kinds: [EventRecord.Kind]) {
        state.withLock { state in
            state.jobs[job.id] = job
            for kind in kinds {
                state.lastEvent += 1
                let event = EventRecord(
                    id: state.lastEvent,
                    jobID: job.id,
                    aggregate: job.aggregate,
                    at: now,
                    kind: kind
                )
                state.events[job.id, default: []].append(event)
            }
            state.changed.insert(job.id)
        }
        bell.yield()
    }

    func cursor(_ webhook: Int64, _ job: JobID) -> Int64? { state.withLock { $0.cursors[webhook]?[job] } }

    /// Everything that was written about a webhook, added up.
    func written(_ webhook: Int64) -> DeliveryProgress {
        state.withLock { state in
            state.writes.filter { $0.webhook == webhook }.reduce(DeliveryProgress()) {
                $0.merged(with: $1.progress)
            }
        }
    }

    private func check() throws(StoreError) {
        if let trouble = state.withLock({ $0.trouble }) { throw trouble }
    }

    func targets() async throws(StoreError) -> [WebhookTarget] {
        try check()
        return state.withLock { $0.targets.filter(\.entry.isEnabled) }
    }

    func target(_ name: WebhookName) async throws(StoreError) -> WebhookTarget {
        guard let found = state.withLock({ $0.targets.first { $0.entry.name == name } }) else {
            throw StoreError.notFound("webhook", name.text)
        }
        return found
    }

    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord> {
        Page(items: [], next: nil)
    }

    func jobChanges() -> AsyncStream<Void> { stream }

    func takeChangedJobs() -> Set<JobID> {
        state.withLock { state in
            defer { state.changed.removeAll() }
            return state.changed
        }
    }

    func openJobs(of webhook: Int64) async throws(StoreError) -> [JobID] {
        try check()
        return state.withLock { state in
            state.events.filter { ($0.value.last?.id ?? 0) > (state.cursors[webhook]?[$0.key] ?? 0) }
                .sorted { ($0.value.first?.id ?? 0) < ($1.value.first?.id ?? 0) }.map(\.key)
        }
    }

    func cursor(of webhook: Int64, in job: JobID) async throws(StoreError) -> Int64? {
        try check()
        return state.withLock { $0.cursors[webhook]?[job] ?? 0 }
    }

    func job(_ id: JobID) async throws(StoreError) -> JobRecord? { state.withLock { $0.jobs[id] } }

    func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord] {
        try check()
        guard let events = state.withLock({ $0.events[job] }) else {
            throw StoreError.notFound("job", job.text)
        }
        return Array(events.filter { $0.id > after }.prefix(limit))
    }

    func aggregate(of id: JobID, withHosts: Bool) async throws(StoreError) -> JobAggregate? {
        guard let job = state.withLock({ $0.jobs[id] }) else { return nil }
        return JobAggregate(
            id: job.aggregateID,
            uuid: "788608ec-ebdc-45c5-bc7f-e5f24ab92c80",
            name: job.aggregate,
            hosts: withHosts ? [try? HostName("compute")].compactMap { $0 } : [],
            availabilityZone: "nova"
        )
    }

    func imagesPerHost(of job: JobID) async throws(StoreError) -> [HostName: Int] {
        state.withLock { $0.imagesPerHost }
    }

    func write(_ progress: DeliveryProgress, of webhook: Int64) async throws(StoreError) {
        try check()
        state.withLock { state in
            state.writes.append((webhook, progress))
            state.cursors[webhook, default: [:]].merge(progress.cursors) { max($0, $1) }
        }
    }
}
