public import ImageInspection
public import PrecacheModel

/// A finished file of the cache.
public struct CachedImage: Hashable, Sendable {
    /// The image.
    public var id: ImageID
    /// The file's name in the cache directory.
    public var file: String
    /// The file's size in bytes.
    public var sizeBytes: Int64
    /// What we saw the file's bytes hash to; nil for a file that we didn't make and haven't checked.
    public var digest: Digest?
    /// Whether we have checked the bytes against a promised digest, and the file hasn't changed since.
    public var isVerified: Bool
    /// The format claimed, if known.
    public var diskFormat: DiskFormat?
    /// What its bytes are, if we looked into them.
    public var contentFormat: ImageFormat?
    /// The size in bytes of the disk that it stands for, if we looked into it.
    public var virtualSizeBytes: Int64?
    /// What the file was converted from; nil for one that is as it was published.
    public var original: OriginalImage?
    /// Where the bytes came from, if we fetched them.
    public var source: String?
    /// When we stored or adopted the file: microseconds since 1970, UTC.
    public var cachedAtMicroseconds: Int64
    /// When it was last asked for: microseconds since 1970, UTC.
    public var lastUsedAtMicroseconds: Int64
    /// Until when it was promised to be kept, if it was; the promise may be over.
    public var pin: ImagePin?
    /// When its bytes were last read again and found to be right: microseconds since 1970, UTC.
    public var scrubbedAtMicroseconds: Int64?
    /// Whether its bytes were found to differ from what they had been: then it counts as absent.
    public var isDamaged = false
}
