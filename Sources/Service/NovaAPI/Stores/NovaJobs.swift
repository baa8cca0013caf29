package import PrecacheModel

/// Where `POST …/images` leaves its work.
package protocol NovaJobs: Sendable {
    /// Accepts a job for these images on the hosts that the aggregate has now; durable when it returns.
    ///
    /// Throws ``StoreError``, `notFound` if the aggregate has gone.
    func cacheImages(
        _ images: [ImageID],
        on aggregate: Int64,
        by caller: Caller,
        trace: TraceContext?
    ) async throws(StoreError) -> JobRecord
}
