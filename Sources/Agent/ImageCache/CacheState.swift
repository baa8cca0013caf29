import PrecacheModel
import Synchronization

/// What changes while the cache is open.
final class CacheState: Sendable {
    private struct Contents {
        var records: [ImageID: CacheRecord]
        var staged: Set<ImageID> = []
    }

    private let contents: Mutex<Contents>

    init(records: [ImageID: CacheRecord]) { contents = Mutex(Contents(records: records)) }

    subscript(id: ImageID) -> CacheRecord? {
        get { contents.withLock { $0.records[id] } }
        set { contents.withLock { $0.records[id] = newValue } }
    }

    var records: [CacheRecord] { contents.withLock { Array($0.records.values) } }

    /// The images that somebody writes.
    var staged: Set<ImageID> { contents.withLock { $0.staged } }

    /// Makes the caller the image's only writer, until it lets go of what it gets.
    func claim(_ id: ImageID) throws(CacheError) -> StagingClaim {
        guard contents.withLock({ $0.staged.insert(id).inserted }) else {
            throw CacheError(.busy, "image \(id) is being written already")
        }
        return StagingClaim(id: id, state: self)
    }

    fileprivate func release(_ id: ImageID) { contents.withLock { _ = $0.staged.remove(id) } }
}

/// The right to write an image; given back when it's let go of.
final class StagingClaim: Sendable {
    private let id: ImageID
    private let state: CacheState

    fileprivate init(id: ImageID, state: CacheState) {
        self.id = id
        self.state = state
    }

    deinit { state.release(id) }
}
