package import PrecacheModel

/// What the outbox needs of the database: webhooks, jobs' events, and how far each webhook is in each job.
///
/// Everything is kept as events and cursors; so nothing is done for a webhook in the transactions that move jobs on.
package protocol OutboxStore: Sendable {
    /// Every webhook to which this controller delivers, paused ones included.
    func targets() async throws(StoreError) -> [WebhookTarget]

    /// One webhook, also a disabled one.
    ///
    /// Throws `notFound`.
    func target(_ name: WebhookName) async throws(StoreError) -> WebhookTarget

    /// Webhooks with what waits for each, by name.
    func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord>

    /// Rings when ``takeChangedJobs()`` has something; listen first, then read what is there.
    func jobChanges() -> AsyncStream<Void>

    /// The jobs that have changed since the last call.
    func takeChangedJobs() -> Set<JobID>

    /// The jobs with events that a webhook has not got to, oldest first.
    func openJobs(of webhook: Int64) async throws(StoreError) -> [JobID]

    /// The last event of a job that needs no delivery to a webhook; nil if either is gone.
    func cursor(of webhook: Int64, in job: JobID) async throws(StoreError) -> Int64?

    /// A job's summary; nil if it is gone.
    func job(_ id: JobID) async throws(StoreError) -> JobRecord?

    /// A job's events after one, in order.
    ///
    /// Throws `notFound` (subject `job`).
    func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord]

    /// The aggregate of a job; nil if the job is gone.
    func aggregate(of id: JobID, withHosts: Bool) async throws(StoreError) -> JobAggregate?

    /// How many images each host of a job has; empty if the job is gone.
    func imagesPerHost(of job: JobID) async throws(StoreError) -> [HostName: Int]

    /// Writes down how far deliveries to a webhook have come, durably.
    func write(_ progress: DeliveryProgress, of webhook: Int64) async throws(StoreError)
}
