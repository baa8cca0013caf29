import NovaAPI
import PrecacheModel
import Store

/// Makes jobs of what comes by Nova's API: with the service's own limits, since Nova's clients name none.
///
/// Nova looks no image up before it answers, so neither does this: what the catalogue doesn't know is looked up later, and
/// what can't be had shows in the job's results.
struct ImageOrders: NovaJobs {
    let store: ServiceStore
    let limits: JobLimits

    func cacheImages(
        _ images: [ImageID],
        on aggregate: Int64,
        by caller: Caller
    ) async throws(StoreError) -> JobRecord {
        let known = try await store.inventory.images(images)
        let job = NewJob(
            id: .make(),
            aggregate: AggregateKey(id: aggregate),
            images: images.map { known[$0]?.reference ?? .unresolved($0) },
            limits: limits,
            requestedBy: caller.name
        )
        return try await store.jobs.createJob(job, claim: nil).job
    }
}
