import FoundationEssentials
package import PrecacheModel

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
