import ImageService
import PrecacheModel
import ServiceAPI

/// Glance, as the API asks it for images that the catalogue doesn't have.
struct GlanceImages: ImageRecords {
    let glance: GlanceClient

    func image(_ id: ImageID) async throws(ImageRecordsTrouble) -> ImageAnswer {
        do throws(ImageServiceError) {
            return try await glance.image(id)
        } catch {
            if case .unavailable(let detail, let wait) = error {
                throw ImageRecordsTrouble(detail: detail, retryAfter: wait)
            }
            throw ImageRecordsTrouble(detail: error.description, retryAfter: nil)
        }
    }
}
