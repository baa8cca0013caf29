package import PrecacheModel

extension ImageCache {
    /// Whether images are fetched under nova-compute's locks.
    package var sharesLocks: Bool { locks != nil }

    /// The file that ``tryLock(_:)`` locks, for messages; nil without a Nova.
    package func lockPath(of id: ImageID) -> String? {
        locks.map { "\($0.path)/nova-\(CacheLayout.fileName(of: id))" }
    }

    /// Takes nova-compute's lock on an image, to be held while it's looked for, fetched and given its name.
    ///
    /// Never waits: who is refused tries again after a while.
    ///
    /// - Returns: The lock; nil while somebody else, or another download here, holds it.
    /// - Throws: ``CacheError`` with `io` if the lock file can't be used.
    package func tryLock(_ id: ImageID) async throws(CacheError) -> FetchLock? {
        guard let locks else { return FetchLock(nil) }
        return try await lanes.onFiles { () throws(CacheError) in
            try locks.tryLock(CacheLayout.fileName(of: id))
        }
    }
}
