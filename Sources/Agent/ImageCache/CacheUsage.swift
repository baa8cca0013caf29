/// The cache in figures.
public struct CacheUsage: Hashable, Sendable {
    /// Images cached.
    public var images: Int
    /// The sum of their files' sizes in bytes.
    public var bytes: Int64
}
