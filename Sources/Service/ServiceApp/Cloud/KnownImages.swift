import ImageService
import NovaAPI
import PrecacheModel
import ServiceAPI
import Store

/// Every image that can be asked for: the catalogue's and, behind them, Glance's.
struct KnownImages: ImageLookup {
    let catalogue: StoredInventory
    let glance: GlanceClient?

    func image(_ id: ImageID, allowsUnverified: Bool) async throws(ImageServiceError) -> ImageAnswer {
        let known: CatalogueImage?
        do throws(StoreError) {
            known = try await catalogue.images([id])[id]
        } catch {
            throw .unavailable("the catalogue can't be read: \(error.message)", retryAfter: nil)
        }
        if let known { return .found(known.reference) }
        guard let glance else {
            let detail = "the image is not in the catalogue, and no image service is set up"
            return .absent(.imageNotFound, detail: detail)
        }
        return try await glance.image(ImageKey(id), allowsUnverified: allowsUnverified)
    }
}

extension KnownImages {
    /// The newest active images of a channel, newest first, of the catalogue's and Glance's together; the catalogue knows names
    /// alone.
    func newest(of channel: ImageChannel, count: Int) async throws -> [ImageID] {
        var found: [(id: ImageID, at: Timestamp)] = []
        if case .name(let name) = channel { found = try await catalogue.newest(named: name, count: count) }
        if let glance { found += try await glance.newest(of: channel, count: count) }
        var seen: Set<ImageID> = []
        return found.sorted { ($1.at, $1.id) < ($0.at, $0.id) }.map(\.id).filter { seen.insert($0).inserted }
    }
}

/// Glance, as the API asks it for images that the catalogue doesn't have.
struct GlanceImages: ImageRecords {
    let glance: GlanceClient

    func image(_ key: ImageKey, allowsUnverified: Bool) async throws(ImageRecordsTrouble) -> ImageAnswer {
        do throws(ImageServiceError) {
            return try await glance.image(key, allowsUnverified: allowsUnverified)
        } catch {
            if case .unavailable(let detail, let wait) = error {
                throw ImageRecordsTrouble(detail: detail, retryAfter: wait)
            }
            throw ImageRecordsTrouble(detail: error.description, retryAfter: nil)
        }
    }
}

/// Makes jobs of what comes by Nova's API: with the service's own limits, since Nova's clients name none.
///
/// Nova looks no image up before it answers, so neither does this: what the catalogue doesn't know is looked up later, and
/// what can't be had shows in the job's results.
struct ImageOrders: NovaJobs {
    let store: ServiceStore
    let plans: any JobPlanning
    let limits: JobLimits

    func cacheImages(
        _ images: [ImageID],
        on aggregate: Int64,
        by caller: Caller,
        trace: TraceContext?
    ) async throws(StoreError) -> JobRecord {
        let known = try await store.inventory.images(images)
        var job = NewJob(
            id: .make(),
            aggregate: AggregateKey(id: aggregate),
            images: images.map { known[$0]?.reference ?? .unresolved($0) },
            limits: limits,
            requestedBy: caller.name,
            account: caller.share
        )
        job.trace = trace
        job.predictedTime = await plans.time(of: job)
        return try await store.jobs.createJob(job, claim: nil).job
    }
}
