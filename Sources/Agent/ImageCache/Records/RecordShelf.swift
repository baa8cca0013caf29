import PrecacheModel

/// The records on disk.
struct RecordShelf {
    let layout: CacheLayout

    /// Reads all records; drops those whose file is gone, unless they promise to keep it, temporary files of a crash, and
    /// what has no record's name.
    ///
    /// One that can't be read may hold a promise to keep its file. So it is moved aside for people to look at, and is
    /// remembered as a loss.
    func load() throws(CacheError) -> ShelfContents {
        var contents = ShelfContents()
        var left: [String] = []
        for name in try layout.records.names() {
            guard name.hasSuffix(".json"), CachedFileKind(name: String(name.dropLast(5))) == .image else {
                try layout.records.clear(name)
                continue
            }
            switch try read(name) {
            case .record(let record):
                if try layout.base.status(of: record.image.file) != nil || record.image.isPinned {
                    contents.records[record.image.id] = record
                } else {
                    try layout.records.clear(name)
                }
            case .unreadable(let cause):
                let place: String
                do {
                    place = try UnreadableRecords(layout: layout).take(name)
                } catch {
                    // On a full disk it stays where it is, and is told again at the next start.
                    left.append(String(name.dropLast(5)))
                    place = "\(layout.records.path)/\(name)"
                }
                contents.unreadable.append(UnreadableRecord(name: name, cause: cause, place: place))
            }
        }
        contents.losses = try UnreadableRecords(layout: layout).losses()
        for file in left { contents.losses[file] = ImageCache.now() }
        return contents
    }

    /// Writes a record.
    ///
    /// - Returns: What tells that nobody has written it since.
    @discardableResult
    func save(_ record: CacheRecord) throws(CacheError) -> FileAttributes? {
        try layout.records.writeSmall(record.name, record.json())
        return try layout.records.status(of: record.name)?.attributes
    }

    /// Writes a record and remembers it.
    func put(_ record: CacheRecord, in state: CacheState) throws(CacheError) {
        state.set(record, writtenAs: try save(record))
    }

    /// Removes and forgets one, if there is any.
    func drop(_ id: ImageID, in state: CacheState) throws(CacheError) {
        try layout.records.remove("\(CacheLayout.fileName(of: id)).json")
        state.drop(id)
    }

    enum Reading {
        case record(CacheRecord)
        case unreadable(String)
    }

    func read(_ name: String) throws(CacheError) -> Reading {
        guard let bytes = try layout.records.readSmall(name) else {
            return .unreadable("it is no file, or too large for a record")
        }
        do {
            let record = try CacheRecord(json: bytes)
            guard record.name == name else { return .unreadable("it is the record of \(record.image.id)") }
            return .record(record)
        } catch {
            return .unreadable("\(error)")
        }
    }
}

/// What is on the shelf when the cache is opened.
struct ShelfContents {
    var records: [ImageID: CacheRecord] = [:]
    /// Files whose record couldn't be read, by name, and when that was found: microseconds since 1970, UTC.
    var losses: [String: Int64] = [:]
    /// Records that were found unreadable just now, to be told.
    var unreadable: [UnreadableRecord] = []
}

/// A record that couldn't be read, and was moved aside.
struct UnreadableRecord: Hashable, Sendable {
    /// Its file name among the records.
    let name: String
    /// Why it couldn't be read.
    let cause: String
    /// The path that it has now.
    let place: String
}

/// Where unreadable records are: `.precache/unreadable/<sha1>.json.<seconds since 1970>`.
///
/// They outlast a restart, so that it doesn't shorten how long their files are kept, and go after a year: no pin holds
/// longer.
private struct UnreadableRecords {
    let layout: CacheLayout

    /// Moves a record here; answers its new path.
    func take(_ name: String) throws(CacheError) -> String {
        let folder = try folder()
        let newName = "\(name).\(ImageCache.now() / 1_000_000)"
        try layout.records.move(name, to: newName, in: folder)
        try folder.sync()
        return "\(folder.path)/\(newName)"
    }

    /// Whose records are here, by the cached file's name, and when each was found; of several the latest.
    func losses() throws(CacheError) -> [String: Int64] {
        guard try layout.own.status(of: Self.name) != nil else { return [:] }
        let (folder, now) = (try folder(), ImageCache.now())
        var losses: [String: Int64] = [:]
        for name in try folder.names() {
            guard let dot = name.lastIndex(of: "."), let seconds = Int64(name[dot...].dropFirst()),
                let found = Self.microseconds(seconds), found > now - Self.longest
            else {
                try folder.clear(name)
                continue
            }
            let file = String(name[..<dot].dropLast(".json".count))
            // Found in the future: the clock was set back since.
            losses[file] = max(losses[file] ?? .min, min(found, now))
        }
        return losses
    }

    private static let name = "unreadable"
    private static let longest = ImagePin.longest.components.seconds * 1_000_000

    private static func microseconds(_ seconds: Int64) -> Int64? {
        let (product, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return isOver ? nil : product
    }

    private func folder() throws(CacheError) -> Directory { try Directory(Self.name, in: layout.own) }
}
