package import ImageInspection
package import PrecacheModel

/// A finished file of the cache.
package struct CachedImage: Hashable, Sendable {
    /// The image.
    package var id: ImageID
    /// The file's name in the cache directory.
    package var file: String
    /// The file's size in bytes.
    package var sizeBytes: Int64
    /// What we saw the file's bytes hash to; nil for a file that we didn't make and haven't checked.
    package var digest: Digest?
    /// Whether we have checked the bytes against a promised digest, and the file hasn't changed since.
    package var isVerified: Bool
    /// The format claimed, if known.
    package var diskFormat: DiskFormat?
    /// What its bytes are, if we looked into them.
    package var contentFormat: ImageFormat?
    /// The size in bytes of the disk that it stands for, if we looked into it.
    package var virtualSizeBytes: Int64?
    /// What it looks like where it is said to be a disk and doesn't look like one: `looks like xz`, and more words.
    package var looks: String?
    /// What the file was converted from; nil for one that is as it was published.
    package var original: OriginalImage?
    /// Where the bytes came from, if we fetched them.
    package var source: String?
    /// When we stored or adopted the file: microseconds since 1970, UTC.
    package var cachedAtMicroseconds: Int64
    /// When it was last asked for: microseconds since 1970, UTC.
    package var lastUsedAtMicroseconds: Int64
    /// Until when it was promised to be kept, if it was; the promise may be over.
    package var pin: ImagePin?
    /// When its bytes were last read again and found to be right: microseconds since 1970, UTC.
    package var scrubbedAtMicroseconds: Int64?
    /// Whether its bytes were found to differ from what they had been: then it counts as absent.
    package var isDamaged = false
    /// When the file was found to be gone though it was promised to be kept: microseconds since 1970, UTC.
    package var lostAtMicroseconds: Int64?
}

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
