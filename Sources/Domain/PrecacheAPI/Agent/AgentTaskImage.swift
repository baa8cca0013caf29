/// One image of a task as it is sent to an agent: what its bytes must be, and where they are.
package struct AgentTaskImage: Encodable, Hashable, Sendable {
    /// The image's id.
    package var id: String
    /// Its name for people, if any.
    package var name: String?
    /// The file's size in bytes, if known.
    package var sizeBytes: Int64?
    /// The digest's algorithm (`md5`, `sha256`, `sha512`), together with ``hash`` or not at all.
    package var hashAlgorithm: String?
    /// The digest in hexadecimal digits.
    package var hash: String?
    /// The format claimed, in Glance's words; `raw` if left out.
    package var diskFormat: String
    /// Whether the image may be cached without a digest; no if left out.
    package var allowUnverified: Bool
    /// Where the bytes are, best first; at least one.
    package var sources: [AgentSource]

    package init(
        id: String,
        name: String? = nil,
        sizeBytes: Int64? = nil,
        hashAlgorithm: String? = nil,
        hash: String? = nil,
        diskFormat: String = "raw",
        allowUnverified: Bool = false,
        sources: [AgentSource]
    ) {
        self.id = id
        self.name = name
        self.sizeBytes = sizeBytes
        self.hashAlgorithm = hashAlgorithm
        self.hash = hash
        self.diskFormat = diskFormat
        self.allowUnverified = allowUnverified
        self.sources = sources
    }

    enum CodingKeys: String, CodingKey {
        case id
        case name
        case sizeBytes = "size_bytes"
        case hashAlgorithm = "hash_algorithm"
        case hash
        case diskFormat = "disk_format"
        case allowUnverified = "allow_unverified"
        case sources
    }
}
