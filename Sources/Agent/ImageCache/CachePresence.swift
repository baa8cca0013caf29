/// Whether the cache has what is wanted.
package enum CachePresence: Hashable, Sendable {
    /// No usable file; it has to be fetched.
    case absent
    /// The file is there, its age renewed; `note` tells people what isn't certain about it.
    case present(CachedImage, note: String?)
}
