/// One cached image in an agent's `GET /v1/images`.
public struct AgentCachedImage: Codable, Hashable, Sendable {
    /// The image's id.
    public var id: String
    /// The file's name in the cache directory.
    public var file: String
    /// The file's size in bytes.
    public var sizeBytes: Int64
    /// The digest's algorithm, if a digest is known.
    public var hashAlgorithm: String?
    /// The digest in hexadecimal digits, if known.
    public var hash: String?
    /// Whether the agent itself has checked the digest.
    public var verified: Bool
    /// The format claimed, if known.
    public var diskFormat: String?
    /// When the agent stored or adopted it: RFC 3339, UTC.
    public var cachedAt: String
    /// When it was last asked for: RFC 3339, UTC.
    public var lastUsedAt: String

    /// Puts an entry together.
    public init(
        id: String,
        file: String,
        sizeBytes: Int64,
        hashAlgorithm: String?,
        hash: String?,
        verified: Bool,
        diskFormat: String?,
        cachedAt: String,
        lastUsedAt: String
    ) {
        self.id = id
        self.file = file
        self.sizeBytes = sizeBytes
        self.hashAlgorithm = hashAlgorithm
        self.hash = hash
        self.verified = verified
        self.diskFormat = diskFormat
        self.cachedAt = cachedAt
        self.lastUsedAt = lastUsedAt
    }

    enum CodingKeys: String, CodingKey {
        case id
        case file
        case sizeBytes = "size_bytes"
        case hashAlgorithm = "hash_algorithm"
        case hash
        case verified
        case diskFormat = "disk_format"
        case cachedAt = "cached_at"
        case lastUsedAt = "last_used_at"
    }

    /// Writes every field, absent ones as null.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(file, forKey: .file)
        try fields.encode(sizeBytes, forKey: .sizeBytes)
        try fields.encode(hashAlgorithm, forKey: .hashAlgorithm)
        try fields.encode(hash, forKey: .hash)
        try fields.encode(verified, forKey: .verified)
        try fields.encode(diskFormat, forKey: .diskFormat)
        try fields.encode(cachedAt, forKey: .cachedAt)
        try fields.encode(lastUsedAt, forKey: .lastUsedAt)
    }
}
