import FoundationEssentials

/// The times that files got for being in use: `.precache/renewals.json`.
///
/// All files of one sweep get the same time, and it is written down before: so a file with such a time is known to be
/// what its record says, without a record written for each.
struct RenewalBook {
    let layout: CacheLayout
    let state: CacheState

    /// How many are remembered: ten days of them, or more.
    ///
    /// A file that got none for so long is read again when it is asked for.
    private static let limit = 1_500
    private static let file = "renewals.json"

    /// Reads what was written down, here or on another host, if that has changed.
    func refresh() {
        let status = try? layout.own.status(of: Self.file)
        guard let written = status?.attributes, written != state.bookWritten else { return }
        guard let bytes = try? layout.own.readSmall(Self.file),
            let times = try? JSONDecoder().decode([Int64].self, from: Data(bytes))
        else { return }
        state.renewals = Set(times.prefix(Self.limit))
        state.bookWritten = written
    }

    /// Writes a new time down.
    ///
    /// - Returns: The time, nanoseconds since 1970.
    func next() throws(CacheError) -> Int64 {
        try layout.exclusively { () throws(CacheError) in
            refresh()
            return try add()
        }
    }

    private func add() throws(CacheError) -> Int64 {
        // Whole microseconds and an odd end: no other program gives a file this very time by chance.
        let time = ImageCache.now() * 1_000 + 77
        let times = ([time] + state.renewals.sorted(by: >)).prefix(Self.limit)
        let bytes: [UInt8]
        do {
            bytes = try Array(JSONEncoder().encode(Array(times)))
        } catch {
            throw CacheError(.io, "the times of renewal can't be written down: \(error)")
        }
        try layout.own.writeSmall(Self.file, bytes)
        state.renewals = Set(times)
        state.bookWritten = try layout.own.status(of: Self.file)?.attributes
        return time
    }
}

/// Makes files' ages start anew, as Nova does for what is in use (`imagecache.py`, `_mark_in_use`); Nova itself then finds
/// a pinned one young, too.
struct FileRenewal {
    let parts: UpkeepParts
    /// The round's time; made with its first file.
    private var time: Int64?

    init(_ parts: UpkeepParts) { self.parts = parts }

    /// Renews one file; one that Nova may be about to remove under its lock only under that.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - isUsed: Whether disks stand on it, so that Nova keeps it by itself.
    /// - Throws: ``CacheError`` with `io`.
    mutating func renew(_ file: CachedFile, isUsed: Bool = false) throws(CacheError) {
        var lock: FetchLock?
        if !isUsed, file.status.attributes.isOlder(than: parts.oldAge, at: ImageCache.now()) {
            lock = try parts.locks.tryLock(file.name)
            guard lock != nil else { return }
        }
        defer { withExtendedLifetime(lock) {} }
        if let record = file.record, !parts.state.isUnchanged(record, file.status.attributes) {
            // Somebody changed it; a time of ours would hide that.
            return try parts.layout.base.renewAge(of: file.name)
        }
        if time == nil { time = try RenewalBook(layout: parts.layout, state: parts.state).next() }
        try parts.layout.base.renewAge(of: file.name, to: time)
    }
}
