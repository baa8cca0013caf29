import PrecacheModel

/// Goes through the cache directory, one entry after the other, so that a hundred thousand files cost no memory.
struct CacheListing {
    private let layout: CacheLayout
    private let state: CacheState
    private let images: [String: ImageID]

    /// Takes over what other hosts' agents have written of the files, and of what they are to keep, since.
    init(_ layout: CacheLayout, _ state: CacheState) throws(CacheError) {
        try SharedRecords(layout: layout, state: state).refresh()
        try LeaseShelf(layout: layout, state: state).refresh()
        self.layout = layout
        self.state = state
        images = state.imagesByFile()
    }

    /// What one look at the directory came to.
    struct Count: Hashable, Sendable {
        /// Entries that aren't recognised: left alone, whatever they are.
        var unknown = 0
        /// Recognised names of something else than a file: links, folders; left alone, too.
        var odd = 0
    }

    /// Calls `body` for each file that is recognised.
    ///
    /// - Throws: ``CacheError`` with `io` if the directory can't be read; files that vanish are passed over.
    func each(_ body: (CachedFile) throws(CacheError) -> Void) throws(CacheError) -> Count {
        var count = Count()
        try layout.base.forEachName { name throws(CacheError) in
            guard name != ".precache" else { return }
            guard let kind = CachedFileKind(name: name) else {
                count.unknown += 1
                return
            }
            guard let status = try layout.base.status(of: name) else { return }
            guard status.isRegular else {
                count.odd += 1
                return
            }
            try body(file(name, kind, status))
        }
        return count
    }

    /// One file; nil if there is none of this name, or it isn't recognised.
    func file(_ name: String) throws(CacheError) -> CachedFile? {
        guard let kind = CachedFileKind(name: name), let status = try layout.base.status(of: name),
            status.isRegular
        else { return nil }
        return file(name, kind, status)
    }

    private func file(_ name: String, _ kind: CachedFileKind, _ status: FileStatus) -> CachedFile {
        let record = kind == .image ? images[name].flatMap { state[$0] } : nil
        let loss = kind == .image ? state.losses[name] : nil
        var file = CachedFile(name: name, kind: kind, status: status, record: record, recordLostAt: loss)
        file.isRenewed = record != nil && state.isRenewal(status.attributes.modifiedNanoseconds)
        return file
    }
}

/// A file in the cache directory that is recognised, as found at one time.
struct CachedFile {
    var name: String
    var kind: CachedFileKind
    var status: FileStatus
    /// What we know of it; nil for a file that nobody asked us for: Nova made it.
    var record: CacheRecord?
    /// When an earlier record was found to be unreadable, and the promise in it lost: microseconds since 1970, UTC.
    var recordLostAt: Int64?

    /// Whether its time is one that it got from us for being in use, pinned or leased.
    var isRenewed = false

    /// The image, if it is known.
    var imageID: ImageID? { record?.image.id }
}
