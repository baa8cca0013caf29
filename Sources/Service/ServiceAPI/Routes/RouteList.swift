import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel
import Telemetry

extension ServiceRoutes {
    /// Every route as `METHOD /path/{name}`, to hold against the API document.
    package static func list() -> [String] {
        let nothing = ClosedStore()
        let routes = ServiceRoutes(
            ServiceDependencies(
                inventory: nothing,
                caches: nothing,
                jobs: nothing,
                progress: nothing,
                webhooks: nothing,
                gate: nothing,
                readiness: nothing,
                defaults: JobLimits(
                    parallelism: .hosts(1),
                    hostTimeout: .seconds(1),
                    maxAttempts: 1,
                    deadline: .seconds(1)
                ),
                metrics: MetricsRegistry(),
                stop: StopSignal(),
                digest: { _ in "" },
                clock: { .now() },
                logger: Logger(label: "routes")
            )
        )
        return routes.router().routes.map { "\($0.method.rawValue) \($0.pattern)" }
    }
}

/// A store that holds nothing and takes nothing, for looking at the routes alone.
private struct ClosedStore: Sendable {
    let error = StoreError(.closed, message: "there is no store")
}

extension ClosedStore: InventoryRecords {
    func hosts(_ page: PageRequest) async throws(StoreError) -> Page<HostRecord> { throw error }
    func host(_ name: HostName) async throws(StoreError) -> HostRecord? { throw error }
    func putHost(_ entry: HostEntry) async throws(StoreError) -> (host: HostRecord, isNew: Bool) {
        throw error
    }
    func deleteHost(_ name: HostName) async throws(StoreError) { throw error }
    func recordHeartbeat(_ heartbeat: HeartbeatRecord, of host: HostName) async throws(StoreError) {
        throw error
    }
    func aggregates(_ page: PageRequest) async throws(StoreError) -> Page<AggregateRecord> { throw error }
    func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord? { throw error }
    func putAggregate(
        _ entry: AggregateEntry
    ) async throws(StoreError) -> (
        aggregate: AggregateRecord, isNew: Bool
    ) { throw error }
    func deleteAggregate(
        _ key: AggregateKey,
        onlyIfEmpty: Bool
    ) async throws(StoreError) -> AggregateName { throw error }
    func addMember(
        _ host: HostName,
        to key: AggregateKey,
        isStrict: Bool
    ) async throws(StoreError) -> AggregateRecord { throw error }
    func removeMember(_ host: HostName, from key: AggregateKey) async throws(StoreError) -> AggregateRecord {
        throw error
    }
    func images(_ page: PageRequest) async throws(StoreError) -> Page<CatalogueImage> { throw error }
    func images(_ ids: [ImageID]) async throws(StoreError) -> [ImageID: CatalogueImage] { throw error }
    func putImage(
        _ reference: ImageReference
    ) async throws(StoreError) -> (image: CatalogueImage, isNew: Bool) {
        throw error
    }
    func deleteImage(_ id: ImageID) async throws(StoreError) { throw error }
    func apply(
        _ document: InventoryDocument,
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [InventoryChange] { throw error }
}

extension ClosedStore: JobRecords {
    func replay(_ claim: IdempotencyClaim) async throws(StoreError) -> JobRecord? { throw error }
    func createJob(_ job: NewJob, claim: IdempotencyClaim?) async throws(StoreError) -> JobAcceptance {
        throw error
    }
    func retryJob(
        _ id: JobID,
        as new: JobID,
        requestedBy: String?,
        claim: IdempotencyClaim?
    ) async throws(StoreError) -> JobAcceptance { throw error }
    func cancelJob(_ id: JobID, requestedBy: String?) async throws(StoreError) -> JobRecord { throw error }
    func job(_ id: JobID) async throws(StoreError) -> JobRecord? { throw error }
    func jobs(_ filter: JobFilter, _ page: PageRequest) async throws(StoreError) -> Page<JobRecord> {
        throw error
    }
    func results(
        of job: JobID,
        _ filter: ResultFilter,
        _ page: PageRequest
    ) async throws(StoreError) -> Page<ResultRecord> { throw error }
    func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord] {
        throw error
    }
    func statistics(now: Timestamp) async throws(StoreError) -> ServiceStatistics { throw error }
    func cachedJob(_ id: JobID) -> JobRecord? { nil }
    func cachedRevision(of id: JobID) -> UInt64? { nil }
    func changes(of id: JobID) -> AsyncStream<Void> { AsyncStream { $0.finish() } }
}

extension ClosedStore: WebhookRecords {
    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord> { throw error }
    func webhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord? { throw error }
    func putWebhook(
        _ entry: WebhookEntry,
        secret: WebhookSecretChoice
    ) async throws(StoreError) -> WebhookPut { throw error }
    func deleteWebhook(_ name: WebhookName) async throws(StoreError) { throw error }
    func resumeWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord { throw error }
    func testWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookTest { throw error }
    func fault(inWebhookURL url: String) -> String? { error.message }
}

extension ClosedStore: HostCaches, LiveProgress, Gatekeeper, ReadinessProbe {
    func cache(of host: HostRecord, after: String?, limit: Int) async throws(AgentTrouble) -> [UInt8] {
        throw AgentTrouble(.internal, error.message)
    }
    func inFlight(of job: JobID) -> (bytes: Int64, generation: UInt64) { (0, 0) }
    func inFlight(of job: JobID, host: Int) -> [Int: ByteProgress] { [:] }
    func admit(_ credentials: Credentials, peer: String) -> Admission { .refused }
    func admitAnew(_ credentials: Credentials, peer: String) async -> Admission { .refused }
    var challenges: [String] { [] }
    func obstacle() -> String? { error.message }
}
