package import PrecacheModel

/// What a cached file must be.
package struct ExpectedImage: Hashable, Sendable {
    /// The image's id, which the file is named after.
    package var id: ImageID
    /// The file's size, if known.
    package var sizeBytes: Int64?
    /// What the bytes must hash to, if known.
    package var digest: Digest?
    /// Whether the image may be cached although no digest is known.
    package var allowsUnverified: Bool
    /// The format claimed.
    package var diskFormat: DiskFormat
    /// Where the bytes come from, fit to be shown and kept.
    package var source: String?

    package init(
        id: ImageID,
        sizeBytes: Int64?,
        digest: Digest?,
        allowsUnverified: Bool = false,
        diskFormat: DiskFormat = .raw,
        source: String? = nil
    ) {
        self.id = id
        self.sizeBytes = sizeBytes
        self.digest = digest
        self.allowsUnverified = allowsUnverified
        self.diskFormat = diskFormat
        self.source = source
    }

    /// Whether a file that meets this expectation meets the other one, too.
    package func covers(_ other: ExpectedImage) -> Bool {
        guard id == other.id else { return false }
        // Without a digest nothing but the size tells, so one that this expectation doesn't check isn't met.
        if let size = other.sizeBytes, size != sizeBytes, sizeBytes != nil || other.digest == nil {
            return false
        }
        return other.digest == nil || other.digest == digest
    }
}
