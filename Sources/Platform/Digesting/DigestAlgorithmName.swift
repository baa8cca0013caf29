/// The digests that images are checked with.
///
/// The raw value is the name used in APIs, settings and records.
///
/// `md5` and `sha1` only tell damage apart, not malice: whoever decides what a digest proves looks at
/// ``isCollisionResistant``.
package enum DigestAlgorithmName: String, Sendable, CaseIterable, Hashable {
    case md5
    case sha1
    case sha256
    case sha512

    /// Bytes in a finished digest; its hexadecimal text has twice as many digits.
    package var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// Whether two inputs with one digest are beyond anyone's reach.
    ///
    /// Collisions for MD5 and SHA-1 are published.
    package var isCollisionResistant: Bool {
        switch self {
        case .md5, .sha1: false
        case .sha256, .sha512: true
        }
    }
}
