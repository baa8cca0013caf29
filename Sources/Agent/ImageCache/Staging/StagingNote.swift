import FoundationEssentials
import Glibc
import PrecacheModel

/// What a download in staging is of: `.precache/staging/<sha1>.json`.
///
/// It's gone on with only for the same content.
struct StagingNote: Codable, Hashable {
    var id: String
    var sizeBytes: Int64?
    var digest: String?
    var source: String?
    /// Of a part whose bytes come out of order: how many of its first are whole, before holes.
    var wholeBytes: Int64?

    enum CodingKeys: String, CodingKey {
        case id
        case sizeBytes = "size_bytes"
        case digest
        case source
        case wholeBytes = "whole_bytes"
    }

    init(_ expected: ExpectedImage) {
        id = expected.id.text
        sizeBytes = expected.sizeBytes
        digest = expected.digest?.description
        source = expected.source
    }

    init(json: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(json)) }

    func json() throws(CacheError) -> [UInt8] {
        do {
            return try Array(JSONEncoder().encode(self))
        } catch {
            throw CacheError(.io, "the staging note of \(id) can't be written: \(error)")
        }
    }

    /// Whether bytes staged under this note may become the image.
    ///
    /// Without a digest nothing would tell whether the start and the end belong together, so never.
    func allowsResuming(_ expected: ExpectedImage) -> Bool {
        guard let digest, id == expected.id.text else { return false }
        return digest == expected.digest?.description
            && (sizeBytes == expected.sizeBytes || sizeBytes == nil || expected.sizeBytes == nil)
    }
}

/// Opens an image's place in staging.
struct StagingOpener {
    let layout: CacheLayout
    let expected: ExpectedImage

    /// Opens the part, emptied unless it may be gone on with, with its note beside it.
    ///
    /// Of a part that comes in pieces of this length no half of one stays: another gives all of it.
    ///
    /// - Returns: The file, locked for the writer, and how many bytes of it to take over.
    /// - Throws: ``CacheError`` with `busy` while an agent on another host writes it.
    func open(_ note: StagingNote, _ pieceBytes: Int64) throws(CacheError) -> (OpenFile, kept: Int64) {
        let (partName, noteName) = (
            CacheLayout.partName(of: expected.id), CacheLayout.noteName(of: expected.id)
        )
        let part = try openPart(partName)
        var kept: Int64 = 0
        if let bytes = try layout.staging.readSmall(noteName), let old = try? StagingNote(json: bytes),
            old.allowsResuming(expected)
        {
            let size = try part.status().attributes.sizeBytes
            kept = size <= expected.sizeBytes ?? Int64.max ? min(size, max(0, old.wholeBytes ?? size)) : 0
            if kept != expected.sizeBytes { kept -= kept % pieceBytes }
        }
        do {
            try part.truncate(to: kept)
            try layout.staging.writeSmall(noteName, note.json())
            return (part, kept)
        } catch {
            // Nothing of it can be gone on with: an empty part, or one without a note.
            if kept == 0 {
                _ = try? layout.staging.remove(partName)
                _ = try? layout.staging.remove(noteName)
            }
            throw error
        }
    }

    /// Opens and locks the part; waits for a moment, since another host's sweep may be looking at it.
    private func openPart(_ name: String) throws(CacheError) -> OpenFile {
        for _ in 0..<40 {
            // Something planted here (a symbolic link, a second name of another file) must never be written through.
            if let status = try layout.staging.status(of: name), !status.isRegular || status.links != 1 {
                try layout.staging.remove(name)
            }
            let part = try layout.staging.openForWriting(name)
            let isOurs = try part.tryWriterLock()
            let named = try layout.staging.status(of: name)
            if isOurs, try part.status().attributes.inode == named?.attributes.inode { return part }
            usleep(25_000)
        }
        throw CacheError(.busy, "an agent on another host is writing image \(expected.id)")
    }
}

/// Clears staging of what can't be gone on with: parts without a note, notes without a part, temporary files, downloads
/// without a digest, and what is older than the limit.
struct StagingSweep {
    let layout: CacheLayout
    let age: Duration

    func run() throws(CacheError) {
        let names = Set(try layout.staging.names())
        for stem in Set(names.map(Self.stem)) {
            guard let hold = try hold(stem) else { continue }
            defer { hold.file?.unlock() }
            let pair: Set = ["\(stem).part", "\(stem).json"]
            let keeps = pair.isSubset(of: names) ? try isUsable(stem) : false
            for name in names where Self.stem(name) == stem && !(keeps && pair.contains(name)) {
                try layout.staging.clear(name)
            }
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
            try clear(stem)
        }
    }

    /// Removes what there is of an image's download, unless an agent on another host writes it.
    func clear(_ id: ImageID) throws(CacheError) { try clear(CacheLayout.fileName(of: id)) }

    private func clear(_ stem: String) throws(CacheError) {
        guard let hold = try hold(stem) else { return }
        defer { hold.file?.unlock() }
        for suffix in ["part", "json", "converted"] { try layout.staging.clear("\(stem).\(suffix)") }
    }

    /// A download that nobody writes; without a file if there is no part.
    private struct Hold { var file: OpenFile? }

    /// Keeps writers off a download; nil if there is one.
    private func hold(_ stem: String) throws(CacheError) -> Hold? {
        let name = "\(stem).part"
        guard CachedFileKind(name: stem) == .image, try layout.staging.status(of: name)?.isRegular == true,
            let file = try layout.staging.openExisting(name)
        else { return Hold() }
        return try file.tryWriterLock() ? Hold(file: file) : nil
    }

    /// Whose a name is: `<stem>.part` and the like, or a temporary file for one of them.
    private static func stem(_ name: String) -> String {
        String(name.drop { $0 == "." }.prefix { $0 != "." })
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
