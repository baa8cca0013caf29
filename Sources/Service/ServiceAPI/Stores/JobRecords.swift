package import PrecacheModel

/// Jobs and what became of them, as the API needs them.
///
/// Errors as with ``HostRecords``.
package protocol JobRecords: Sendable {
    /// The job that this claim made, if its key was used within ``IdempotencyClaim/lifetime``; nil if it is new.
    ///
    /// Throws `idempotencyConflict` if it came with another request.
    func replay(_ claim: IdempotencyClaim) async throws(StoreError) -> JobRecord?

    /// Accepts a job: the job, one `pending` result for each image on each host that the aggregate has now, its
    /// first event and the claim, in one durable transaction.
    ///
    /// An aggregate without hosts makes a job that has succeeded at once and says so in its note. Throws
    /// `notFound` (subject `aggregate`) and `idempotencyConflict`.
    func createJob(_ job: NewJob, claim: IdempotencyClaim?) async throws(StoreError) -> JobAcceptance

    /// Makes a new job of what didn't end well in an ended one: error, skipped and cancelled results, with the
    /// images as they were known then.
    ///
    /// Only asked for ended jobs that have such results. Throws `notFound` (subject `job`), `conflict` for a job that
    /// hasn't ended or has nothing to retry, `idempotencyConflict`.
    func retryJob(
        _ id: JobID,
        as new: JobID,
        requestedBy: String?,
        claim: IdempotencyClaim?
    ) async throws(StoreError) -> JobAcceptance

    /// Asks that a job be cancelled; asking again changes nothing.
    ///
    /// Pending results end `cancelled` at once. Throws `notFound`, and `conflict` if it ended otherwise before.
    func cancelJob(_ id: JobID, requestedBy: String?) async throws(StoreError) -> JobRecord

    /// One job; nil if there is none.
    func job(_ id: JobID) async throws(StoreError) -> JobRecord?

    /// Jobs, newest first.
    ///
    /// Throws `badCursor`.
    func jobs(_ filter: JobFilter, _ page: PageRequest) async throws(StoreError) -> Page<JobRecord>
}
