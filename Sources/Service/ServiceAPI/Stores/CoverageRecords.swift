package import Coverage
package import PrecacheModel

/// Which host has which image, as the API needs it.
///
/// Errors as with ``InventoryRecords``.
package protocol CoverageRecords: Sendable {
    /// The fleet as it is now: from memory, unless the inventory has changed.
    func fleet() async throws(StoreError) -> Fleet

    /// What is known of an image on some hosts, by their numbers.
    func copies(of image: ImageID, on hosts: [Int64]) async throws(StoreError) -> [Int64: ImageCopy]

    /// How much of an aggregate had an image, newest first, so many at most: since a time, before the moment with this number.
    func history(
        of pair: CoveragePair,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [CoverageMoment]
}

/// The images that policies want on the hosts of aggregates.
package protocol WantedImages: Sendable {
    /// What policies want on an aggregate's hosts now.
    func images(wantedOn aggregate: AggregateName) async throws(StoreError) -> Set<ImageID>

    /// What a host is to keep; nil if it holds that, by the mark that it sent, or if nothing is known yet.
    func leases(of host: Int64, unless mark: String?) -> LeaseSet?
}

/// What jobs would do, and how long that would take.
package protocol JobPlanning: Sendable {
    /// Nil if there is no such aggregate.
    func plan(_ job: NewJob) async throws(StoreError) -> JobPlan?
}

extension JobPlanning {
    /// How long a job is likely to take; nil where that can't be said.
    package func time(of job: NewJob) async -> Duration? {
        // A job is worth more than its forecast.
        try? await plan(job)?.likely
    }
}
