import PrecacheModel

/// What agents on other hosts that share the directory have written, taken over into this agent's memory.
///
/// Blocks. Whoever changes a record does so in ``CacheLayout/exclusively(_:)`` and looks here first, so that nobody's
/// changes are lost.
struct SharedRecords {
    let layout: CacheLayout
    let state: CacheState

    /// How long the folder's time must have been the same to tell of every change, in nanoseconds.
    private static let settling: Int64 = 4_000_000_000

    /// Looks at one image's record.
    func refresh(_ id: ImageID) throws(CacheError) {
        RenewalBook(layout: layout, state: state).refresh()
        try take(CacheLayout.fileName(of: id))
    }

    /// Looks at all records, as far as any has changed.
    func refresh() throws(CacheError) {
        RenewalBook(layout: layout, state: state).refresh()
        let now = ImageCache.now() * 1_000
        let folder = try layout.records.status(of: ".")?.attributes.modifiedNanoseconds
        guard folder != state.shelfTime || folder == nil else { return }
        // Before the look: what is written meanwhile isn't missing.
        let written = state.writtenFiles
        var files: Set<String> = []
        for name in try layout.records.names() where name.hasSuffix(".json") {
            let file = String(name.dropLast(5))
            guard CachedFileKind(name: file) == .image else { continue }
            files.insert(file)
            try take(file)
        }
        for file in written where !files.contains(file) { state.drop(file: file) }
        // One that changed just now may change again at the same time.
        state.shelfTime = folder.flatMap { $0 < now - Self.settling ? $0 : nil }
    }

    private func take(_ file: String) throws(CacheError) {
        let name = "\(file).json"
        guard let status = try layout.records.status(of: name), status.isRegular else {
            return state.drop(file: file)
        }
        guard !state.isKnown(file, writtenAs: status.attributes) else { return }
        // One that can't be read is looked after at the next start.
        guard case .record(let record) = try RecordShelf(layout: layout).read(name) else { return }
        state.set(record, writtenAs: status.attributes)
    }
}
