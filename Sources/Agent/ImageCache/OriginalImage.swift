public import ImageInspection
public import PrecacheModel

/// What a converted file was made from: the image as it was published.
public struct OriginalImage: Hashable, Sendable {
    /// What its bytes were.
    public var format: ImageFormat
    /// Its size in bytes.
    public var sizeBytes: Int64
    /// What its bytes hashed to.
    public var digest: Digest
}

extension CachedImage {
    /// The size in bytes of the image as it was published: the file's own unless that was converted.
    public var publishedBytes: Int64 { original?.sizeBytes ?? sizeBytes }

    /// What the image hashed to as it was published, if we saw that.
    public var publishedDigest: Digest? { original?.digest ?? digest }
}
