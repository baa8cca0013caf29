package import PrecacheModel
import Synchronization

extension ImageCache {
    /// The room on the cache's file system.
    package func space() async throws(CacheError) -> DiskSpace {
        let layout = layout
        return try await lanes.onFiles { () throws(CacheError) in try layout.base.space() }
    }

    /// What there is on the disk of an image's download, by whichever agent.
    package func stagedBytes(of id: ImageID) async -> Int64 {
        let layout = layout
        let bytes = try? await lanes.onFiles { () throws(CacheError) in
            let part = try layout.staging.status(of: CacheLayout.partName(of: id))?.attributes.sizeBytes
            return (part ?? 0)
                + (try layout.staging.status(of: CacheLayout.convertedName(of: id))?.diskBytes ?? 0)
        }
        return bytes ?? 0
    }

    /// Bytes promised to downloads that aren't on the disk yet.
    package var reservedBytes: Int64 { ledger.total }

    /// Promises room, after making some if it's short.
    ///
    /// Ten at once can't be promised the same bytes: looking, promising and taking are one step of one thread.
    ///
    /// - Parameters:
    ///   - bytes: What is needed beyond what is on the disk already.
    ///   - hold: Whose promise it is; what it held before is counted anew.
    ///   - room: Who evicts; nil for nobody.
    ///   - evicts: Whether anything is evicted now.
    ///   - take: Takes the room on the disk, if the file system can: then nothing remains promised. Answers whether it did.
    /// - Returns: Whether it's promised: not where something would have to go first, and nothing is evicted.
    /// - Throws: ``CacheError`` with `noSpace` and the figures, or `io`.
    @discardableResult
    func promise(
        _ bytes: Int64,
        to hold: SpaceHold,
        room: (any RoomMaker)?,
        evicts: Bool = true,
        take: @escaping @Sendable () throws(CacheError) -> Bool = { false }
    ) async throws(CacheError) -> Bool {
        var freed: Int64 = 1
        while true {
            guard !Task.isCancelled else { throw CacheError(.busy, "cancelled while room was looked for") }
            let (figures, isPromised) = try await lanes.onFiles { () throws(CacheError) in
                let figures = try self.figures(needed: bytes, except: hold)
                guard figures.missing <= 0 else { return (figures, false) }
                hold.set(try take() ? 0 : bytes)
                return (figures, true)
            }
            if isPromised { return true }
            // Nothing is evicted in vain. Each round frees something, so this ends; what others took meanwhile is asked for
            // again.
            let evictable = await room?.evictableBytes()
            guard let room, let evictable, evictable >= figures.missing, freed > 0 else {
                let directory = configuration.directory
                throw CacheError(.noSpace, figures.description(directory: directory, evictable: evictable))
            }
            guard evicts else { return false }
            freed = try await room.makeRoom(bytes: figures.missing)
        }
    }

    /// Looks at the disk; blocks.
    func figures(needed: Int64, except hold: SpaceHold?) throws(CacheError) -> SpaceFigures {
        SpaceFigures(
            needed: needed,
            disk: try layout.base.space(),
            reserved: ledger.total - (hold?.bytes ?? 0),
            minimumFree: configuration.minimumFreeBytes,
            taken: configuration.maxBytes == nil ? nil : try takenBytes(),
            bound: configuration.maxBytes
        )
    }

    /// What the cache takes on the disk: everything with a name in it, whoever made it, what is being downloaded, and
    /// what is given to others although its name is gone.
    private func takenBytes() throws(CacheError) -> Int64 {
        var sum: Int64 = 0
        for name in try layout.base.names() {
            if let status = try layout.base.status(of: name), status.isRegular { sum += status.diskBytes }
        }
        for name in try layout.staging.names() where !name.hasSuffix(".json") && !name.hasSuffix(".tmp") {
            sum += try layout.staging.status(of: name)?.diskBytes ?? 0
        }
        return sum + given.namelessBytes
    }
}

/// Evicts what nobody needs so that a download fits: the cache asks, whoever knows what is in use answers.
package protocol RoomMaker: Sendable {
    /// Evicts images that are neither used, pinned nor leased, oldest first, until so many bytes of disk are freed or nothing is
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

/// Lets only so much be evicted over a download's time; the last image to go may be larger than what is left of it.
final class EvictionAllowance: RoomMaker {
    private let room: any RoomMaker
    private let left: Mutex<Int64>

    init(room: any RoomMaker, bytes: Int64) {
        self.room = room
        left = Mutex(bytes)
    }

    func makeRoom(bytes: Int64) async throws(CacheError) -> Int64 {
        guard bytes <= left.withLock({ $0 }) else { return 0 }
        let freed = try await room.makeRoom(bytes: bytes)
        left.withLock { $0 -= freed }
        return freed
    }

    func checkReplaceable(_ file: String) async throws(CacheError) { try await room.checkReplaceable(file) }

    func evictableBytes() async -> Int64 { max(0, min(left.withLock { $0 }, await room.evictableBytes())) }
}
