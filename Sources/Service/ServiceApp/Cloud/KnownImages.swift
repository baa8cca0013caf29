import ImageService
import PrecacheModel
import ServiceAPI
import Store

/// Every image that can be asked for: the catalogue's and, behind them, Glance's.
struct KnownImages: ImageLookup {
    let catalogue: StoredInventory
    let glance: GlanceClient?

    func image(_ id: ImageID) async throws(ImageServiceError) -> ImageAnswer {
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
        return try await glance.image(id)
    }
}
