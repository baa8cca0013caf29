/// An image of the catalogue as the service tells of it.
package struct ImageView: Decodable, Sendable, Hashable {
    /// The identifier.
    package let id: String
    /// The name that people gave it.
    package let name: String?
    /// Where its bytes are.
    package let url: String?
    /// Its size, if known.
    package let sizeBytes: Int64?
    /// The algorithm of its digest.
    package let hashAlgorithm: String?
    /// Its digest in hexadecimal digits.
    package let hash: String?
    /// The format claimed.
    package let diskFormat: String?
    /// Whether it may be cached without a known digest.
    package let allowUnverified: Bool?

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
