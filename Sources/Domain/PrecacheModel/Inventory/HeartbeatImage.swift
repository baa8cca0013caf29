/// One image that a host's cache holds.
package struct HeartbeatImage: Hashable, Sendable {
    /// The image.
    package let id: ImageID
    /// The file's size.
    package let sizeBytes: Int64
    /// Whether the agent has checked its digest.
    package let isVerified: Bool

    package init(id: ImageID, sizeBytes: Int64, isVerified: Bool) {
        self.id = id
        self.sizeBytes = sizeBytes
        self.isVerified = isVerified
    }
}
