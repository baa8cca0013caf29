package import PrecacheModel

/// The parts of a job that grow with its hosts, as the API needs them.
///
/// Errors as with ``HostRecords``.
package protocol JobHistoryRecords: Sendable {
    /// Results of a job, by host name and then in the order of the job's images.
    ///
    /// Throws `notFound` (subject `job`) and `badCursor`.
    func results(
        of job: JobID,
        _ filter: ResultFilter,
        _ page: PageRequest
    ) async throws(StoreError) -> Page<ResultRecord>

    /// At most `limit` events of a job with identifiers above `after`, in order.
    func events(of job: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord]

    /// Figures over all jobs and hosts, for metrics.
    func statistics(now: Timestamp) async throws(StoreError) -> ServiceStatistics
}
