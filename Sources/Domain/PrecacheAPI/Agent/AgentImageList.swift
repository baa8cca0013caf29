/// The answer to an agent's `GET /v1/images`.
public struct AgentImageList: Codable, Hashable, Sendable {
    /// The images, by id.
    public var images: [AgentCachedImage]

    /// Puts a list together.
    public init(images: [AgentCachedImage]) { self.images = images }
}
