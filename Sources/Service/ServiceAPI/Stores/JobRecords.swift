package import PrecacheModel

/// Jobs, what became of them, and what memory knows of those that live, as the API needs them.
///
/// Errors as with ``InventoryRecords``. What isn't `async` is called on event loops and answers at once, from memory, so
/// that status polls and those who wait cost no reads.
package protocol JobRecords: Sendable {
    /// The job that this claim made, if its key was used within ``IdempotencyClaim/lifetime``; nil if it is new.
    ///
    /// Throws `idempotencyConflict` if it came with another request.
    func replay(_ claim: IdempotencyClaim) async throws(StoreError) -> JobRecord?

    /// Accepts a job: the job, one `pending` result for each image on each host that the aggregate has now, its
    /// first event and the claim, in one durable transaction.
    ///
    /// An aggregate without hosts makes a job that has succeeded at once and says so in its note. Throws
    /// `notFound` (subject `aggregate`), `idempotencyConflict`, and `tooMany` if too many jobs are open.
    func createJob(_ job: NewJob, claim: IdempotencyClaim?) async throws(StoreError) -> JobAcceptance

    /// Makes a new job of what didn't end well in an ended one: error, skipped and cancelled results, with the
    /// images as the catalogue knows them now; what it doesn't have is looked up again.
    ///
    /// Only asked for ended jobs that have such results: whoever calls looks first, and a job without any makes one that
    /// has no hosts. Throws `notFound` (subject `job`), `conflict` (subject `job`) for a job that hasn't ended,
    /// `idempotencyConflict`, `tooMany`.
    func retryJob(
        _ id: JobID,
        as new: JobID,
        requestedBy: String?,
        account: String?,
        trace: TraceContext?,
        claim: IdempotencyClaim?
    ) async throws(StoreError) -> JobAcceptance

    /// Asks that a job be cancelled; asking again changes nothing.
    ///
    /// Pending results end `cancelled` at once. Throws `notFound`, and `conflict` if it ended otherwise before.
    func cancelJob(_ id: JobID, requestedBy: String?) async throws(StoreError) -> JobRecord

    /// One job; nil if there is none.
    func job(_ id: JobID) async throws(StoreError) -> JobRecord?

    /// One job as it is at a revision or later, which another controller may have written; nil if there is none.
    func job(_ id: JobID, since revision: Int64) async throws(StoreError) -> JobRecord?

    /// Jobs, newest first.
    ///
    /// Throws `badCursor`.
    func jobs(_ filter: JobFilter, _ page: PageRequest) async throws(StoreError) -> Page<JobRecord>

    /// Results of a job, by host name and then in the order of the job's images.
    ///
    /// Throws `notFound` (subject `job`) and `badCursor`.
    func results(
        of job: JobID,
        _ filter: ResultFilter,
        _ page: PageRequest
    ) async throws(StoreError) -> Page<ResultRecord>

    /// The newest final results of a host over the newest jobs, at most `limit`.
    func recentResults(of host: HostName, limit: Int) async throws(StoreError) -> [HostResult]

    /// At most `limit` events of a job with identifiers above `after`, in order.
    func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord]

    /// How far the events of all jobs can be told now; called once at a time.
    func eventHorizon() async throws(StoreError) -> EventHorizon

    /// At most `limit` events of all jobs with identifiers above `after`, in order, and how far was looked for them.
    ///
    /// An identifier that no event has had yet means the last one that there is.
    func events(
        after: Int64,
        upTo horizon: EventHorizon,
        limit: Int
    ) async throws(StoreError) -> EventPage

    /// Figures over all jobs and hosts, for metrics.
    func statistics(now: Timestamp) async throws(StoreError) -> ServiceStatistics

    /// A job's summary, of every job that hasn't ended and of those that ended lately; nil for others.
    func cachedJob(_ id: JobID) -> JobRecord?

    /// The revision of such a job; nil where ``cachedJob(_:)`` is.
    func cachedRevision(of id: JobID) -> Int64?

    /// Rings once for any number of changes since it was last heard; subscribe first, then read.
    func changes(of id: JobID) -> AsyncStream<Void>

    /// The same for any job.
    func changes() -> AsyncStream<Void>
}
