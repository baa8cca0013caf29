import Synchronization

/// How far a download is: written by it, read by whoever watches.
package final class ImageProgress: Sendable {
    private let done = Atomic<Int64>(0)
    private let total: Atomic<Int64>

    init(total: Int64?) { self.total = Atomic(total ?? -1) }

    /// Bytes on the disk, those of an earlier download included.
    package var bytesDone: Int64 { done.load(ordering: .relaxed) }

    /// The image's size, once known.
    package var bytesTotal: Int64? {
        let value = total.load(ordering: .relaxed)
        return value < 0 ? nil : value
    }

    func set(done bytes: Int64) { done.store(bytes, ordering: .relaxed) }

    func set(total bytes: Int64) { total.store(bytes, ordering: .relaxed) }
}
