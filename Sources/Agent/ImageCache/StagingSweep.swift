import PrecacheModel

/// Clears staging of what can't be gone on with: parts without a note, notes without a part, temporary files, downloads
/// without a digest, and what is older than the limit.
struct StagingSweep {
    let layout: CacheLayout
    let age: Duration

    func run() throws(CacheError) {
        let names = Set(try layout.staging.names())
        for name in names {
            let stem = name.prefix { $0 != "." }
            let isPair = names.contains("\(stem).part") && names.contains("\(stem).json")
            let isOurs = name == "\(stem).part" || name == "\(stem).json"
            let keeps = isPair && isOurs ? try isUsable(String(stem)) : false
            if !keeps { try layout.staging.clear(name) }
        }
    }

    /// Removes downloads that are older than the limit, and notes without a part, while the cache is in use.
    ///
    /// - Parameter staged: Images that somebody writes, however long nothing came.
    /// - Throws: ``CacheError`` with `io`.
    func expire(except staged: Set<ImageID>) throws(CacheError) {
        let used = Set(staged.map(CacheLayout.fileName))
        let stems = Set(try layout.staging.names().map { String($0.prefix { $0 != "." }) })
        for stem in stems where !stem.isEmpty && !used.contains(stem) {
            if let part = try layout.staging.status(of: "\(stem).part"), !isOld(part) { continue }
            for suffix in ["part", "json", "converted"] { try layout.staging.clear("\(stem).\(suffix)") }
        }
    }

    private func isOld(_ part: FileStatus) -> Bool {
        let oldest = ImageCache.now() - Int64(age.components.seconds) * 1_000_000
        return part.attributes.modifiedNanoseconds / 1_000 < oldest
    }

    private func isUsable(_ stem: String) throws(CacheError) -> Bool {
        guard let bytes = try layout.staging.readSmall("\(stem).json"),
            let note = try? StagingNote(json: bytes),
            note.digest != nil, let part = try layout.staging.status(of: "\(stem).part"), part.isRegular
        else { return false }
        return !isOld(part)
    }
}
