import PrecacheModel

/// A file in the cache directory that is recognised, as found at one time.
struct CachedFile {
    var name: String
    var kind: CachedFileKind
    var status: FileStatus
    /// What we know of it; nil for a file that nobody asked us for: Nova made it.
    var record: CacheRecord?

    /// The image, if it is known.
    var imageID: ImageID? { record?.image.id }
}
