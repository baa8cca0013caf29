import PrecacheModel
import Synchronization

/// What changes while the cache is open.
final class CacheState: Sendable {
    private struct Contents {
        var records: [ImageID: CacheRecord]
        var staged: Set<ImageID> = []
        /// Files that are being removed, by name: of Nova's files no image is known.
        var going: Set<String> = []
        /// Times that files got for being in use, in nanoseconds since 1970: a file's content is the same after it.
        var renewals: Set<Int64> = []
    }

    private let contents: Mutex<Contents>
    /// Files whose record couldn't be read, by name, and when that was found: microseconds since 1970, UTC.
    let losses: [String: Int64]

    init(records: [ImageID: CacheRecord], losses: [String: Int64] = [:]) {
        contents = Mutex(Contents(records: records))
        self.losses = losses
    }

    subscript(id: ImageID) -> CacheRecord? {
        get { contents.withLock { $0.records[id] } }
        set { contents.withLock { $0.records[id] = newValue } }
    }

    var records: [CacheRecord] { contents.withLock { Array($0.records.values) } }

    /// The images that somebody writes.
    var staged: Set<ImageID> { contents.withLock { $0.staged } }

    /// Makes the caller the image's only writer, until it lets go of what it gets.
    func claim(_ id: ImageID) throws(CacheError) -> StagingClaim {
        let file = CacheLayout.fileName(of: id)
        try contents.withLock { contents throws(CacheError) in
            guard !contents.going.contains(file) else {
                throw CacheError(.busy, "image \(id) is being removed")
            }
            guard contents.staged.insert(id).inserted else {
                throw CacheError(.busy, "image \(id) is being written already")
            }
        }
        return StagingClaim { [self] in contents.withLock { _ = $0.staged.remove(id) } }
    }

    /// Keeps writers off a file that is to be removed, until the caller lets go of what it gets; nil if there is one.
    func claim(file: String) -> StagingClaim? {
        let isOurs = contents.withLock { contents in
            guard !contents.staged.contains(where: { CacheLayout.fileName(of: $0) == file }) else {
                return false
            }
            return contents.going.insert(file).inserted
        }
        guard isOurs else { return nil }
        return StagingClaim { [self] in contents.withLock { _ = $0.going.remove(file) } }
    }

    /// The images that there are records of, by file name.
    func imagesByFile() -> [String: ImageID] {
        contents.withLock { contents in
            var images: [String: ImageID] = [:]
            images.reserveCapacity(contents.records.count)
            for (id, record) in contents.records { images[record.image.file] = id }
            return images
        }
    }

    /// Whether a file's content is what it was when its record was made: its state is the same, or differs by a time that
    /// it got from us for being in use.
    func isUnchanged(_ record: CacheRecord, _ found: FileAttributes) -> Bool {
        guard record.attributes != found else { return true }
        var same = record.attributes
        same.modifiedNanoseconds = found.modifiedNanoseconds
        return same == found && contents.withLock { $0.renewals.contains(found.modifiedNanoseconds) }
    }

    /// The times that files got for being in use.
    var renewals: Set<Int64> {
        get { contents.withLock { $0.renewals } }
        set { contents.withLock { $0.renewals = newValue } }
    }
}

/// The right to write an image, or to remove a file; given back when it's let go of.
final class StagingClaim: Sendable {
    private let release: @Sendable () -> Void

    fileprivate init(_ release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}
