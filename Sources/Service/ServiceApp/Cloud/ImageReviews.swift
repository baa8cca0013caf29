import ImageService
import PrecacheModel
import Synchronization

/// Second looks at images that Glance refused to hosts: one for all hosts that were turned away at the same time.
final class ImageReviews: Sendable {
    /// How long an answer is good for others.
    private static let life = Duration.seconds(15)
    /// Images remembered at most.
    private static let limit = 1_024

    private struct Review {
        let task: Task<ImageAnswer?, Never>
        let until: ContinuousClock.Instant
    }

    private let glance: GlanceClient
    private let reviews = Mutex<[ImageID: Review]>([:])

    init(glance: GlanceClient) { self.glance = glance }

    /// What Glance says of an image now; nil if it can't be asked.
    func answer(_ id: ImageID) async -> ImageAnswer? {
        let now = ContinuousClock.now
        let task = reviews.withLock { reviews in
            if let review = reviews[id], now < review.until { return review.task }
            if reviews.count >= Self.limit { reviews = reviews.filter { now < $0.value.until } }
            let task = Task { [glance] in try? await glance.image(id) }
            if reviews.count < Self.limit { reviews[id] = Review(task: task, until: now + Self.life) }
            return task
        }
        return await task.value
    }
}
