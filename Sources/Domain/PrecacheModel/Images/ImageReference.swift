/// Everything that is known of an image that is to be cached: what its bytes must be, and where they are.
///
/// A job keeps a copy, so that a later change of the catalogue doesn't change a job that is under way.
public struct ImageReference: Hashable, Sendable {
    /// The identifier.
    public let id: ImageID
    /// The name that people gave it, if any.
    public let name: String?
    /// Where the bytes are: an `http` or `https` URL, without user or password.
    public let url: String
    /// The file's size, if known.
    public let sizeBytes: Int64?
    /// What the bytes must hash to.
    ///
    /// Nil only together with ``allowsUnverified``.
    public let digest: Digest?
    /// The format claimed.
    public let diskFormat: DiskFormat
    /// Whether the image may be cached although no digest is known.
    ///
    /// It's reported as not verified.
    public let allowsUnverified: Bool

    /// Puts a reference together.
    public init(
        id: ImageID,
        name: String?,
        url: String,
        sizeBytes: Int64?,
        digest: Digest?,
        diskFormat: DiskFormat,
        allowsUnverified: Bool
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.sizeBytes = sizeBytes
        self.digest = digest
        self.diskFormat = diskFormat
        self.allowsUnverified = allowsUnverified
    }
}
