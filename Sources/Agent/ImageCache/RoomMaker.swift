/// Evicts what nobody needs so that a download fits: the cache asks, whoever knows what is in use answers.
package protocol RoomMaker: Sendable {
    /// Evicts images that are neither used nor pinned, oldest first, until so many bytes of disk are freed or nothing is
    /// left that may go.
    ///
    /// Returning less than asked for isn't an error: the cache looks at the disk again and refuses the download.
    ///
    /// - Parameter bytes: What is missing, more than 0.
    /// - Returns: Bytes of disk that were freed.
    /// - Throws: ``CacheError`` if it can't be told what may go.
    func makeRoom(bytes: Int64) async throws(CacheError) -> Int64

    /// Makes sure that other bytes may take the place of a finished file: no disk stands on those that are there.
    ///
    /// - Parameter file: Its name in the cache directory; it doesn't have to be there.
    /// - Throws: ``CacheError`` with `inUse` and the users, or with what can't be told; `io`.
    func checkReplaceable(_ file: String) async throws(CacheError)

    /// What ``makeRoom(bytes:)`` could free at most, in bytes of disk, for the words of a refusal.
    func evictableBytes() async -> Int64
}
