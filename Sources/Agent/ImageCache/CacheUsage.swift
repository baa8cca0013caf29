/// The cache in figures.
package struct CacheUsage: Hashable, Sendable {
    /// Images cached.
    package var images: Int
    /// The sum of their files' sizes in bytes.
    package var bytes: Int64
}
