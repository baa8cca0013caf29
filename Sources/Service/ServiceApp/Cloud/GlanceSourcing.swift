import AgentLink
import FanOut
import ImageService
import PrecacheModel
import Synchronization

/// Where hosts find Glance's images, and what Glance meant when it turned a host away.
struct GlanceSourcing: ImageSourcing {
    private static let tokenField = "X-Auth-Token"

    let glance: GlanceClient
    private let reviews: ImageReviews

    init(glance: GlanceClient) {
        self.glance = glance
        reviews = ImageReviews(glance: glance)
    }

    func sources(of image: ImageReference) async throws(AgentFailure) -> [ImageSource] {
        do throws(ImageServiceError) {
            return try await glance.locations(of: image).map {
                ImageSource(url: $0.url, headers: [Self.tokenField: $0.token])
            }
        } catch {
            switch error {
            case .unavailable(let detail, let wait):
                throw AgentFailure(reason: .sourceUnreachable, detail: detail, retryAfter: wait)
            case .refused(let detail):
                throw AgentFailure(reason: .sourceUnauthorized, detail: detail)
            }
        }
    }

    func judge(
        _ outcome: ImageOutcome,
        of image: ImageReference,
        from sources: [ImageSource]
    ) async -> ImageOutcome {
        guard outcome.reason == .sourceUnauthorized else { return outcome }
        if outcome.isRetryable {
            // 401: the token has ended. The next attempt gets a new one, and goes on where this one stopped.
            for token in Set(sources.compactMap { $0.headers[Self.tokenField] }) { glance.discard(token) }
            return outcome
        }
        // 403: not to this user, or not now. Glance's description of the image tells which.
        var judged = outcome
        switch await reviews.answer(image.id) {
        case .absent(let reason, let detail)?:
            judged.reason = reason
            judged.detail = detail
        case .found?:
            let advice =
                "Glance doesn't let the service's user download the image: does it have the role 'member'?"
            judged.detail = "\(outcome.detail ?? "refused"). \(advice)"
        case nil: break
        }
        return judged
    }
}

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
            let task = Task { [glance] in
                // A job that got so far has leave to go without a digest.
                try? await glance.image(ImageKey(id), allowsUnverified: true)
            }
            if reviews.count < Self.limit { reviews[id] = Review(task: task, until: now + Self.life) }
            return task
        }
        return await task.value
    }
}
