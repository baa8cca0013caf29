/// Everything that is known of an image that is to be cached: what its bytes must be, and where they are.
///
/// A job keeps a copy, so that a later change of the catalogue doesn't change a job that is under way.
package struct ImageReference: Hashable, Sendable {
    /// The identifier.
    package let id: ImageID
    /// The name that people gave it, if any.
    package let name: String?
    /// Where the bytes are: an `http` or `https` URL, without user or password; empty while nobody knows.
    package let url: String
    /// The file's size, if known.
    package let sizeBytes: Int64?
    /// What the bytes must hash to.
    ///
    /// Nil only together with ``allowsUnverified``.
    package let digest: Digest?
    /// The format claimed.
    package let diskFormat: DiskFormat
    /// Whether the image may be cached although no digest is known.
    ///
    /// It's reported as not verified.
    package let allowsUnverified: Bool
    /// Where this knowledge comes from.
    package let origin: ImageOrigin

    package init(
        id: ImageID,
        name: String?,
        url: String,
        sizeBytes: Int64?,
        digest: Digest?,
        diskFormat: DiskFormat,
        allowsUnverified: Bool,
        origin: ImageOrigin = .catalogue
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.sizeBytes = sizeBytes
        self.digest = digest
        self.diskFormat = diskFormat
        self.allowsUnverified = allowsUnverified
        self.origin = origin
    }

    /// An image of which only the identifier is known.
    ///
    /// A job may be accepted with it: the service looks it up in the catalogue and in Glance, once, before the job's hosts
    /// have their turn, and tries again within the job's time while Glance is away. What can't be had ends as `error` on
    /// every host, with the reason.
    package static func unresolved(_ id: ImageID) -> ImageReference {
        ImageReference(
            id: id,
            name: nil,
            url: "",
            sizeBytes: nil,
            digest: nil,
            diskFormat: .raw,
            allowsUnverified: false,
            origin: .unresolved
        )
    }
}
