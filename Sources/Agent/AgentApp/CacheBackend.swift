/// What keeps images on the host.
package enum CacheBackend: String, Sendable, CaseIterable {
    /// Files in a directory, as with Nova's own cache.
    case files
    /// Nothing: the instances' storage needs no cache.
    case none
}
