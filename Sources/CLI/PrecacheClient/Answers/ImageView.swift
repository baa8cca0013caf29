/// An image of the catalogue as the service tells of it.
public struct ImageView: Decodable, Sendable, Hashable {
    /// The identifier.
    public let id: String
    /// The name that people gave it.
    public let name: String?
    /// Where its bytes are.
    public let url: String?
    /// Its size, if known.
    public let sizeBytes: Int64?
    /// The algorithm of its digest.
    public let hashAlgorithm: String?
    /// Its digest in hexadecimal digits.
    public let hash: String?
    /// The format claimed.
    public let diskFormat: String?
    /// Whether it may be cached without a known digest.
    public let allowUnverified: Bool?

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case url
        case sizeBytes = "size_bytes"
        case hashAlgorithm = "hash_algorithm"
        case hash
        case diskFormat = "disk_format"
        case allowUnverified = "allow_unverified"
    }
}
