import FoundationEssentials
import ImageInspection
import PrecacheModel

/// What we know of one finished file: `.precache/records/<sha1>.json`.
struct CacheRecord: Hashable, Sendable {
    var image: CachedImage
    /// The file's state when we last looked; another state means that someone else had it in hand.
    var attributes: FileAttributes

    /// The record's file name.
    var name: String { "\(image.file).json" }
}

extension CacheRecord {
    init(json: [UInt8]) throws {
        let form = try JSONDecoder().decode(RecordForm.self, from: Data(json))
        let id = try ImageID(form.id)
        var digest: Digest?
        if let algorithm = form.hashAlgorithm.flatMap(DigestAlgorithm.init(rawValue:)), let hex = form.hash {
            digest = try Digest(algorithm, hex: hex)
        }
        image = CachedImage(
            id: id,
            file: CacheLayout.fileName(of: id),
            sizeBytes: form.sizeBytes,
            digest: digest,
            isVerified: form.verified && digest != nil,
            diskFormat: form.diskFormat.flatMap(DiskFormat.init(rawValue:)),
            source: form.source,
            cachedAtMicroseconds: form.cachedAt,
            lastUsedAtMicroseconds: form.lastUsedAt
        )
        image.contentFormat = form.contentFormat.flatMap(ImageFormat.init(rawValue:))
        image.virtualSizeBytes = form.virtualSizeBytes
        image.looks = form.looks
        if let format = form.originalFormat.flatMap(ImageFormat.init(rawValue:)),
            let size = form.originalBytes,
            let algorithm = form.originalAlgorithm.flatMap(DigestAlgorithm.init(rawValue:)),
            let hex = form.originalHash
        {
            image.original = OriginalImage(
                format: format,
                sizeBytes: size,
                digest: try Digest(algorithm, hex: hex)
            )
        }
        image.pin = form.pinnedUntil.map { ImagePin(since: form.pinnedAt ?? form.cachedAt, until: $0) }
        image.scrubbedAtMicroseconds = form.scrubbedAt
        image.isDamaged = form.damaged ?? false
        image.lostAtMicroseconds = form.lostAt
        attributes = FileAttributes(
            sizeBytes: form.sizeBytes,
            modifiedNanoseconds: form.modified,
            inode: form.inode
        )
    }

    func json() throws(CacheError) -> [UInt8] {
        let form = RecordForm(
            id: image.id.text,
            sizeBytes: attributes.sizeBytes,
            modified: attributes.modifiedNanoseconds,
            inode: attributes.inode,
            hashAlgorithm: image.digest?.algorithm.rawValue,
            hash: image.digest?.hex,
            verified: image.isVerified,
            diskFormat: image.diskFormat?.rawValue,
            contentFormat: image.contentFormat?.rawValue,
            virtualSizeBytes: image.virtualSizeBytes,
            looks: image.looks,
            originalFormat: image.original?.format.rawValue,
            originalBytes: image.original?.sizeBytes,
            originalAlgorithm: image.original?.digest.algorithm.rawValue,
            originalHash: image.original?.digest.hex,
            source: image.source,
            cachedAt: image.cachedAtMicroseconds,
            lastUsedAt: image.lastUsedAtMicroseconds,
            pinnedAt: image.pin?.sinceMicroseconds,
            pinnedUntil: image.pin?.untilMicroseconds,
            scrubbedAt: image.scrubbedAtMicroseconds,
            damaged: image.isDamaged ? true : nil,
            lostAt: image.lostAtMicroseconds
        )
        do {
            return try Array(JSONEncoder().encode(form))
        } catch {
            throw CacheError(.io, "the record of \(image.id) can't be written: \(error)")
        }
    }
}

/// The record as it is on disk; times in microseconds since 1970, but `modified` in nanoseconds.
private struct RecordForm: Codable {
    var id: String
    var sizeBytes: Int64
    var modified: Int64
    var inode: UInt64
    var hashAlgorithm: String?
    var hash: String?
    var verified: Bool
    var diskFormat: String?
    var contentFormat: String?
    var virtualSizeBytes: Int64?
    var looks: String?
    var originalFormat: String?
    var originalBytes: Int64?
    var originalAlgorithm: String?
    var originalHash: String?
    var source: String?
    var cachedAt: Int64
    var lastUsedAt: Int64
    var pinnedAt: Int64?
    var pinnedUntil: Int64?
    var scrubbedAt: Int64?
    var damaged: Bool?
    var lostAt: Int64?

    enum CodingKeys: String, CodingKey {
        case id
        case sizeBytes = "size_bytes"
        case modified = "modified_ns"
        case inode
        case hashAlgorithm = "hash_algorithm"
        case hash
        case verified
        case diskFormat = "disk_format"
        case contentFormat = "content_format"
        case virtualSizeBytes = "virtual_size_bytes"
        case looks
        case originalFormat = "original_format"
        case originalBytes = "original_size_bytes"
        case originalAlgorithm = "original_hash_algorithm"
        case originalHash = "original_hash"
        case source
        case cachedAt = "cached_at_us"
        case lastUsedAt = "last_used_at_us"
        case pinnedAt = "pinned_at_us"
        case pinnedUntil = "pinned_until_us"
        case scrubbedAt = "scrubbed_at_us"
        case damaged
        case lostAt = "lost_at_us"
    }
}
