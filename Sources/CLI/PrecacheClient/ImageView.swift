/// An image of the catalogue as the service tells of it.
package struct ImageView: ServiceItem, Hashable {
    package static let one = "image"
    package static let many = "images"

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

/// What `PUT /v1/images/{id}` takes; what is nil gets the service's default.
package struct ImageSettings: Encodable, Sendable, Hashable {
    /// The name for people.
    package var name: String?
    /// Where the bytes are.
    package var url: String?
    /// The file's size.
    package var sizeBytes: Int64?
    /// The digest's algorithm.
    package var hashAlgorithm: String?
    /// The digest in hexadecimal digits.
    package var hash: String?
    /// The format claimed.
    package var diskFormat: String?
    /// Whether the image may be cached without a known digest.
    package var allowUnverified: Bool?

    private enum CodingKeys: String, CodingKey {
        case name
        case url
        case sizeBytes = "size_bytes"
        case hashAlgorithm = "hash_algorithm"
        case hash
        case diskFormat = "disk_format"
        case allowUnverified = "allow_unverified"
    }

    /// The settings that an image has, or none.
    package init(of image: ImageView?) {
        name = image?.name
        url = image?.url
        sizeBytes = image?.sizeBytes
        hashAlgorithm = image?.hashAlgorithm
        hash = image?.hash
        diskFormat = image?.diskFormat
        allowUnverified = image?.allowUnverified
    }
}
