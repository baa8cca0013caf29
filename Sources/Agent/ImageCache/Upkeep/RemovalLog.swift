import FoundationEssentials
package import PrecacheModel
import Synchronization

/// The latest removals, newest first: `.precache/removals.json`.
///
/// A restart forgets none, and hosts that share the directory share them.
final class RemovalLog: Sendable {
    /// How many are kept; their file stays below 64 KiB.
    static let limit = 200

    private static let file = "removals.json"
    private let layout: CacheLayout
    /// Those that couldn't be written yet.
    private let notes: Mutex<[RemovalNote]>

    init(_ layout: CacheLayout) {
        self.layout = layout
        notes = Mutex([])
    }

    /// The latest removals, newest first; blocks.
    var latest: [RemovalNote] { notes.withLock { Array(($0 + read()).prefix(Self.limit)) } }

    /// What is written down; notes that can't be read are dropped, they are but for people.
    private func read() -> [RemovalNote] {
        guard let bytes = try? layout.own.readSmall(Self.file),
            let read = try? JSONDecoder().decode([RemovalNote].self, from: Data(bytes))
        else { return [] }
        return read
    }

    /// Adds removals, the oldest of them first; in ``CacheLayout/exclusively(_:)``.
    ///
    /// - Throws: ``CacheError`` if they can't be written; they are remembered all the same.
    func add(_ removed: [RemovalNote]) throws(CacheError) {
        guard !removed.isEmpty else { return }
        let all = notes.withLock { notes in
            notes = Array((removed.reversed() + notes).prefix(Self.limit))
            return Array((notes + read()).prefix(Self.limit))
        }
        let bytes: [UInt8]
        do {
            bytes = try Array(JSONEncoder().encode(all))
        } catch {
            throw CacheError(.io, "the removals can't be written down: \(error)")
        }
        try layout.own.writeSmall(Self.file, bytes)
        notes.withLock { $0 = [] }
    }
}

/// A file that was removed, for people who ask where it went.
package struct RemovalNote: Hashable, Sendable {
    /// The file's name in the cache directory.
    package var name: String
    /// The image, if it was known.
    package var imageID: ImageID?
    /// What the file took on the disk, in bytes.
    package var diskBytes: Int64
    /// Why it went.
    package var reason: RemovalReason
    /// When it was last used before, if that was known: microseconds since 1970, UTC.
    package var lastUsedAtMicroseconds: Int64?
    /// When it went: microseconds since 1970, UTC.
    package var atMicroseconds: Int64
}

extension RemovalNote: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, reason
        case imageID = "image_id"
        case diskBytes = "disk_bytes"
        case lastUsedAtMicroseconds = "last_used_at_us"
        case atMicroseconds = "at_us"
    }

    /// Reads a note; a reason or an image id that no longer is one makes it unreadable.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let reason = RemovalReason(rawValue: try fields.decode(String.self, forKey: .reason)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .reason,
                in: fields,
                debugDescription: "no such reason"
            )
        }
        name = try fields.decode(String.self, forKey: .name)
        imageID = try fields.decodeIfPresent(String.self, forKey: .imageID).map { try ImageID($0) }
        diskBytes = try fields.decode(Int64.self, forKey: .diskBytes)
        self.reason = reason
        lastUsedAtMicroseconds = try fields.decodeIfPresent(Int64.self, forKey: .lastUsedAtMicroseconds)
        atMicroseconds = try fields.decode(Int64.self, forKey: .atMicroseconds)
    }

    /// Writes a note.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .name)
        try fields.encodeIfPresent(imageID?.text, forKey: .imageID)
        try fields.encode(diskBytes, forKey: .diskBytes)
        try fields.encode(reason.rawValue, forKey: .reason)
        try fields.encodeIfPresent(lastUsedAtMicroseconds, forKey: .lastUsedAtMicroseconds)
        try fields.encode(atMicroseconds, forKey: .atMicroseconds)
    }
}

/// Why a file was removed.
package enum RemovalReason: String, Sendable, CaseIterable {
    /// Unused for longer than the minimum age.
    case unused
    /// To make room for a download.
    case room
    /// The cache had more bytes than it may have.
    case limit
    /// Its bytes no longer were what they had been: moved to quarantine.
    case damaged
    /// Someone asked for it.
    case asked
    /// The service told to remove it, since policies no longer want it here.
    case unwanted
    /// Somebody else removed it, nova-compute most likely, though it was pinned or leased.
    case lost
}
