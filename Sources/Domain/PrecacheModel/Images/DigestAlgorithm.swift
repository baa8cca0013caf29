/// A digest algorithm that an image's bytes may be checked with, weakest first.
package enum DigestAlgorithm: String, Sendable, CaseIterable, Comparable {
    /// Broken for security; taken only beside a stronger one or where nothing else is known, and then said so.
    case md5
    /// SHA-256 (FIPS 180-4).
    case sha256
    /// SHA-512 (FIPS 180-4): Glance's default `os_hash_algo`.
    case sha512

    /// The digest's length in hexadecimal digits.
    package var hexLength: Int {
        switch self {
        case .md5: 32
        case .sha256: 64
        case .sha512: 128
        }
    }

    /// Orders by text, or by strength.
    package static func < (left: DigestAlgorithm, right: DigestAlgorithm) -> Bool {
        left.hexLength < right.hexLength
    }
}
