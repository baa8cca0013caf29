import PrecacheModel
import ServiceAPI
import Synchronization

/// Jobs in memory; tests move them on, and those who watch hear of it.
final class FakeJobs: JobRecords, LiveProgress {
    struct State {
        var jobs: [JobID: JobRecord] = [:]
        var created: [NewJob] = []
        var claims: [String: (fingerprint: String, job: JobID)] = [:]
        var events: [EventRecord] = []
        var results: [ResultRecord] = []
        var bells: [JobID?: [AsyncStream<Void>.Continuation]] = [:]
        var inFlight: [JobID: (bytes: Int64, generation: UInt64)] = [:]
        var filters: [ResultFilter] = []
        var eventReads = 0
        var readsSince: [Int64] = []
        var isCold = false
        var trouble: StoreError?
    }

    let state = Mutex(State())
    private let inventory: FakeInventory

    init(inventory: FakeInventory = FakeInventory()) { self.inventory = inventory }

    /// Puts a job in its place and tells those who watch it.
    func publish(_ job: JobRecord, event: EventRecord.Kind? = nil) {
        let bells = state.withLock { state in
            let former = state.jobs[job.id]?.revision ?? 0
            state.jobs[job.id] = job
            state.jobs[job.id]?.revision = former + 1
            if let event {
                let id = Int64(state.events.count + 1)
                let at = Timestamp(microseconds: id)
                state.events.append(
                    EventRecord(id: id, jobID: job.id, aggregate: job.aggregate, at: at, kind: event)
                )
            }
            return (state.bells[job.id] ?? []) + (state.bells[nil] ?? [])
        }
        for bell in bells { bell.yield() }
    }

    func replay(_ claim: IdempotencyClaim) async throws(StoreError) -> JobRecord? {
        try state.withLock { state throws(StoreError) in
            if let trouble = state.trouble { throw trouble }
            guard let known = state.claims[claim.key] else { return nil }
            guard known.fingerprint == claim.fingerprint else {
                throw StoreError(.idempotencyConflict, message: "the key was used with another body")
            }
            return state.jobs[known.job]
        }
    }

    func createJob(_ job: NewJob, claim: IdempotencyClaim?) async throws(StoreError) -> JobAcceptance {
        if let trouble = state.withLock({ $0.trouble }) { throw trouble }
        guard try await inventory.aggregate(job.aggregate) != nil else {
            throw .notFound("aggregate", job.aggregate.text)
        }
        let record = Samples.job(id: job.id, images: job.images.map(\.id.text), limits: job.limits)
        state.withLock { state in
            state.created.append(job)
            if let claim { state.claims[claim.key] = (claim.fingerprint, job.id) }
        }
        publish(record, event: .state(.queued))
        return JobAcceptance(job: record, isReplay: false)
    }

    func retryJob(
        _ id: JobID,
        as new: JobID,
        requestedBy: String?,
        account: String?,
        trace: TraceContext?,
        claim: IdempotencyClaim?
    ) async throws(StoreError) -> JobAcceptance {
        var record = Samples.job(id: new)
        record.retryOf = id
        publish(record)
        return JobAcceptance(job: record, isReplay: false)
    }

    func cancelJob(_ id: JobID, requestedBy: String?) async throws(StoreError) -> JobRecord {
        guard var job = state.withLock({ $0.jobs[id] }) else { throw .notFound("job", id.text) }
        guard !job.state.isFinal else { throw StoreError(.conflict, subject: "job", message: "it has ended") }
        job.isCancelRequested = true
        publish(job)
        return job
    }

    func job(_ id: JobID) async throws(StoreError) -> JobRecord? { state.withLock { $0.jobs[id] } }

    func job(_ id: JobID, since revision: Int64) async throws(StoreError) -> JobRecord? {
        state.withLock { state in
            state.readsSince.append(revision)
            return state.jobs[id]
        }
    }

    func jobs(_ filter: JobFilter, _ page: PageRequest) async throws(StoreError) -> Page<JobRecord> {
        state.withLock { state in
            let items = state.jobs.values.filter {
                (filter.states.isEmpty || filter.states.contains($0.state))
                    && $0.id.text.hasPrefix(filter.idPrefix ?? "")
            }
            return Page(items: Array(items), next: PageCursor(kind: "jobs", key: ["9"]))
        }
    }

    func results(
        of job: JobID,
        _ filter: ResultFilter,
        _ page: PageRequest
    ) async throws(StoreError) -> Page<ResultRecord> {
        state.withLock { state in
            state.filters.append(filter)
            return Page(items: state.results, next: nil)
        }
    }

    func recentResults(of host: HostName, limit: Int) async throws(StoreError) -> [HostResult] {
        state.withLock { state in
            let job = JobID.make()
            return state.results.filter { $0.host == host }.prefix(limit).map {
                HostResult(job: job, result: $0)
            }
        }
    }

    func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord] {
        state.withLock { state in
            state.eventReads += 1
            return Array(state.events.filter { $0.jobID == job && $0.id > after }.prefix(limit))
        }
    }

    func eventHorizon() async throws(StoreError) -> EventHorizon {
        if let trouble = state.withLock({ $0.trouble }) { throw trouble }
        let last = state.withLock { $0.events.last?.id ?? 0 }
        return EventHorizon(whole: last, last: last)
    }

    func events(
        after: Int64,
        upTo horizon: EventHorizon,
        limit: Int
    ) async throws(StoreError) -> EventPage {
        state.withLock { state in
            if after < horizon.last { state.eventReads += 1 }
            let page = state.events.filter { $0.id > after }.prefix(limit)
            let isFull = page.count == limit
            let last = isFull ? page.last?.id : nil
            return EventPage(events: Array(page), last: last ?? horizon.whole, hasMore: isFull)
        }
    }

    func statistics(now: Timestamp) async throws(StoreError) -> ServiceStatistics { ServiceStatistics() }

    func cachedJob(_ id: JobID) -> JobRecord? { state.withLock { $0.isCold ? nil : $0.jobs[id] } }

    func cachedRevision(of id: JobID) -> Int64? { cachedJob(id)?.revision }

    func changes(of id: JobID) -> AsyncStream<Void> { bell(id) }

    func changes() -> AsyncStream<Void> { bell(nil) }

    private func bell(_ id: JobID?) -> AsyncStream<Void> {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.bells[id, default: []].append(bell) }
        return stream
    }

    /// Returns when somebody watches the job.
    func untilWatched(_ id: JobID, by count: Int = 1) async {
        while state.withLock({ $0.bells[id]?.count ?? 0 }) < count { await Task.yield() }
    }

    func inFlight(of job: JobID) -> (bytes: Int64, generation: UInt64) {
        state.withLock { $0.inFlight[job] ?? (0, 0) }
    }

    func inFlight(of job: JobID, host: Int) -> [Int: ByteProgress] {
        host == 3 ? [1: ByteProgress(done: 77, total: 99)] : [:]
    }
}
