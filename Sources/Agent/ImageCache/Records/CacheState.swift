import PrecacheModel
import Synchronization

/// What changes while the cache is open.
final class CacheState: Sendable {
    private struct Contents {
        var records: [ImageID: CacheRecord]
        /// The records' files as they were when they were read or written, by the cached file's name: agents on other hosts
        /// may write them.
        var written: [String: (id: ImageID, attributes: FileAttributes)] = [:]
        /// The time of the records' folder when all of them were looked at; nil if that doesn't tell.
        var shelfTime: Int64?
        /// The same for the times of renewal.
        var bookWritten: FileAttributes?
        /// The images that somebody writes, and what their files are going to have, as far as that is known: in bytes.
        var staged: [ImageID: Int64] = [:]
        /// Files that are being removed, by name: of Nova's files no image is known.
        var going: Set<String> = []
        /// Times that files got for being in use, in nanoseconds since 1970: a file's content is the same after it.
        var renewals: Set<Int64> = []
        /// Records of pinned files that are gone, which nobody has been told of yet.
        var lost: [CacheRecord] = []
        /// What this host is to keep, when that was last written down, and what other hosts' files of leases say.
        var leases: HeldLeases?
        var leasesWrittenAt: Int64?
        var otherLeases: [String: (held: HeldLeases, attributes: FileAttributes)] = [:]
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

    /// Takes over a record that was read or written.
    func set(_ record: CacheRecord, writtenAs attributes: FileAttributes?) {
        contents.withLock { contents in
            contents.records[record.image.id] = record
            contents.written[record.image.file] = attributes.map { (record.image.id, $0) }
        }
    }

    /// Forgets a record that was removed.
    func drop(_ id: ImageID) {
        contents.withLock { contents in
            contents.records[id] = nil
            contents.written[CacheLayout.fileName(of: id)] = nil
        }
    }

    /// The same for one whose file is gone, if there was one.
    func drop(file: String) {
        contents.withLock { contents in
            guard let written = contents.written.removeValue(forKey: file) else { return }
            contents.records[written.id] = nil
        }
    }

    /// Whether a record's file is as it was read or written.
    func isKnown(_ file: String, writtenAs attributes: FileAttributes) -> Bool {
        contents.withLock { $0.written[file]?.attributes == attributes }
    }

    /// The cached files whose records were read or written.
    var writtenFiles: [String] { contents.withLock { Array($0.written.keys) } }

    /// The time of the records' folder when all of them were looked at; nil if that doesn't tell.
    var shelfTime: Int64? {
        get { contents.withLock { $0.shelfTime } }
        set { contents.withLock { $0.shelfTime = newValue } }
    }

    /// The state of the file of renewals when it was read or written.
    var bookWritten: FileAttributes? {
        get { contents.withLock { $0.bookWritten } }
        set { contents.withLock { $0.bookWritten = newValue } }
    }

    var records: [CacheRecord] { contents.withLock { Array($0.records.values) } }

    /// The images that somebody writes.
    var staged: Set<ImageID> { contents.withLock { Set($0.staged.keys) } }

    /// Remembers what a file that somebody writes is going to have, in bytes.
    func note(_ bytes: Int64, wantedBy id: ImageID) {
        contents.withLock { contents in
            if contents.staged[id] != nil { contents.staged[id] = bytes }
        }
    }

    /// What the files that somebody writes are going to have in bytes, as far as that is known, by the files' names.
    var wantedBytes: [String: Int64] {
        let staged = contents.withLock { $0.staged }
        return Dictionary(uniqueKeysWithValues: staged.map { (CacheLayout.fileName(of: $0.key), $0.value) })
    }

    /// Makes the caller the image's only writer, until it lets go of what it gets.
    func claim(_ id: ImageID) throws(CacheError) -> StagingClaim {
        let file = CacheLayout.fileName(of: id)
        try contents.withLock { contents throws(CacheError) in
            guard !contents.going.contains(file) else {
                throw CacheError(.busy, "image \(id) is being removed")
            }
            guard contents.staged.updateValue(0, forKey: id) == nil else {
                throw CacheError(.busy, "image \(id) is being written already")
            }
        }
        return StagingClaim { [self] in contents.withLock { $0.staged[id] = nil } }
    }

    /// Keeps writers off a file that is to be removed, until the caller lets go of what it gets; nil if there is one.
    func claim(file: String) -> StagingClaim? {
        let isOurs = contents.withLock { contents in
            guard !contents.staged.keys.contains(where: { CacheLayout.fileName(of: $0) == file }) else {
                return false
            }
            return contents.going.insert(file).inserted
        }
        guard isOurs else { return nil }
        return StagingClaim { [self] in contents.withLock { _ = $0.going.remove(file) } }
    }

    /// Remembers that a pinned file is gone, until the upkeep tells of it.
    func addLost(_ record: CacheRecord) { contents.withLock { $0.lost.append(record) } }

    /// What is to be told; afterwards nothing is.
    func takeLost() -> [CacheRecord] {
        contents.withLock { contents in
            defer { contents.lost = [] }
            return contents.lost
        }
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

    /// What is leased at a time; leases from the future, from before the clock was set back, are corrected.
    func leases(at now: Int64) -> ActiveLeases {
        contents.withLock { contents in
            contents.leases = contents.leases?.corrected(at: now)
            let others = contents.otherLeases.values.map { $0.held.corrected(at: now) }
            return ActiveLeases(
                own: contents.leases.flatMap { $0.holds(at: now) ? $0 : nil },
                others: others.filter { $0.holds(at: now) }
            )
        }
    }

    /// Takes this host's leases, and when they were last written down.
    func set(leases: HeldLeases, writtenAt: Int64?) {
        contents.withLock { ($0.leases, $0.leasesWrittenAt) = (leases, writtenAt) }
    }

    /// When this host's leases were last written down: microseconds since 1970, UTC.
    var leasesWrittenAt: Int64? { contents.withLock { $0.leasesWrittenAt } }

    /// Other hosts' leases, by their files.
    var otherLeases: [String: (held: HeldLeases, attributes: FileAttributes)] {
        get { contents.withLock { $0.otherLeases } }
        set { contents.withLock { $0.otherLeases = newValue } }
    }

    /// Whether a file's content is what it was when its record was made: its state is the same, or differs by a time that
    /// it got from us for being in use.
    func isUnchanged(_ record: CacheRecord, _ found: FileAttributes) -> Bool {
        guard record.attributes != found else { return true }
        var same = record.attributes
        same.modifiedNanoseconds = found.modifiedNanoseconds
        return same == found && contents.withLock { $0.renewals.contains(found.modifiedNanoseconds) }
    }

    /// Whether a file's time in nanoseconds since 1970 is one that it got for being in use.
    func isRenewal(_ time: Int64) -> Bool { contents.withLock { $0.renewals.contains(time) } }

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
