import Synchronization
import TextForms

/// Room on the disk that was promised and isn't taken yet, over all downloads.
final class SpaceLedger: Sendable {
    private let promised = Mutex<Int64>(0)

    /// All promises together, in bytes.
    var total: Int64 { promised.withLock { $0 } }

    fileprivate func add(_ bytes: Int64) { promised.withLock { $0 += bytes } }
}

/// One promise of room, void with its last reference.
final class SpaceHold: Sendable {
    private let ledger: SpaceLedger
    private let amount = Mutex<Int64>(0)

    init(_ ledger: SpaceLedger) { self.ledger = ledger }

    deinit { set(0) }

    /// What is promised, in bytes.
    var bytes: Int64 { amount.withLock { $0 } }

    /// Promises this much if it was more.
    func lower(to bytes: Int64) {
        let change = amount.withLock { amount in
            defer { amount = min(amount, max(0, bytes)) }
            return min(amount, max(0, bytes)) - amount
        }
        ledger.add(change)
    }

    func set(_ bytes: Int64) {
        let change = amount.withLock { amount in
            defer { amount = max(0, bytes) }
            return max(0, bytes) - amount
        }
        ledger.add(change)
    }
}

/// How much room a download finds.
struct SpaceFigures: Hashable, Sendable {
    /// What it needs beyond what it has, in bytes.
    var needed: Int64
    /// What the file system has for us.
    var disk: DiskSpace
    /// What is promised to others.
    var reserved: Int64
    /// What has to stay free.
    var minimumFree: Int64
    /// What the cache takes on the disk; nil where it isn't bounded.
    var taken: Int64?
    /// What the cache may take.
    var bound: Int64?

    /// What would have to be freed for it to fit; 0 or less if it fits.
    var missing: Int64 {
        let onDisk = Self.sum(-disk.freeBytes, reserved, minimumFree, needed)
        guard let taken, let bound else { return onDisk }
        return max(onDisk, Self.sum(-bound, taken, reserved, needed))
    }

    /// Images and sources may claim sizes near the largest number there is: then so is the sum.
    private static func sum(_ terms: Int64...) -> Int64 {
        terms.reduce(0) { sum, term in
            let (next, isOver) = sum.addingReportingOverflow(term)
            return isOver ? (term < 0 ? .min : .max) : next
        }
    }

    /// The figures for people.
    ///
    /// - Parameters:
    ///   - directory: The cache's.
    ///   - evictable: What could be evicted; nil where nothing evicts.
    /// - Returns: One sentence without its full stop.
    func description(directory: String, evictable: Int64?) -> String {
        var text =
            "\(needed) more bytes needed in \(directory): \(disk.freeBytes) of \(disk.totalBytes) free, "
            + "\(reserved) reserved for other downloads, "
            + "\(minimumFree) to be kept free (cache.minimum_free_bytes)"
        if let taken, let bound {
            text += ", \(taken) of at most \(bound) taken by the cache (cache.max_bytes)"
        }
        let words = [
            "\(ByteSize.text(needed)) more needed",
            "\(ByteSize.text(disk.freeBytes)) of \(ByteSize.text(disk.totalBytes)) free",
        ]
        return text + ", \(evictable ?? 0) evictable (\(words.joined(separator: ", ")))"
    }
}

/// A file system's room.
package struct DiskSpace: Hashable, Sendable {
    /// Its size in bytes.
    package var totalBytes: Int64
    /// What we may still use of it, in bytes.
    package var freeBytes: Int64

    package init(totalBytes: Int64, freeBytes: Int64) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }
}
