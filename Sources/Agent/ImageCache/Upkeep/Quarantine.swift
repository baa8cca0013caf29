/// Damaged files, kept for people to look at: `.precache/quarantine/<name>.<seconds since 1970>`.
struct Quarantine {
    let layout: CacheLayout

    /// How many are kept; the oldest goes for the next.
    static let limit = 4

    /// Moves a cached file here.
    func take(_ name: String) throws(CacheError) {
        let folder = try directory()
        for old in try names(folder).dropLast(Self.limit - 1) { try folder.remove(old) }
        try layout.base.move(name, to: "\(name).\(ImageCache.now() / 1_000_000)", in: folder)
        try folder.sync()
    }

    /// How many files are here.
    func count() throws(CacheError) -> Int { try names(directory()).count }

    /// What they take on the disk, in bytes.
    func diskBytes() throws(CacheError) -> Int64 {
        let folder = try directory()
        var sum: Int64 = 0
        for name in try folder.names() { sum += try folder.status(of: name)?.diskBytes ?? 0 }
        return sum
    }

    /// Removes all of them; says how many bytes of disk that freed.
    func clear() throws(CacheError) -> Int64 {
        let (folder, freed) = (try directory(), try diskBytes())
        for name in try folder.names() { try folder.remove(name) }
        return freed
    }

    private func directory() throws(CacheError) -> Directory { try Directory("quarantine", in: layout.own) }

    /// Oldest first.
    private func names(_ folder: Directory) throws(CacheError) -> [String] {
        try folder.names().sorted { Self.time(of: $0) < Self.time(of: $1) }
    }

    private static func time(of name: String) -> Int64 {
        name.split(separator: ".").last.flatMap { Int64($0) } ?? 0
    }
}
