/// One image that a host's cache holds.
public struct HeartbeatImage: Hashable, Sendable {
    /// The image.
    public let id: ImageID
    /// The file's size.
    public let sizeBytes: Int64
    /// Whether the agent has checked its digest.
    public let isVerified: Bool

    /// Puts an entry together.
    public init(id: ImageID, sizeBytes: Int64, isVerified: Bool) {
        self.id = id
        self.sizeBytes = sizeBytes
        self.isVerified = isVerified
    }
}
