package import ImageInspection
package import PrecacheModel

/// What a converted file was made from: the image as it was published.
package struct OriginalImage: Hashable, Sendable {
    /// What its bytes were.
    package var format: ImageFormat
    /// Its size in bytes.
    package var sizeBytes: Int64
    /// What its bytes hashed to.
    package var digest: Digest
}

extension CachedImage {
    /// The size in bytes of the image as it was published: the file's own unless that was converted.
    package var publishedBytes: Int64 { original?.sizeBytes ?? sizeBytes }

    /// What the image hashed to as it was published, if we saw that.
    package var publishedDigest: Digest? { original?.digest ?? digest }
}
