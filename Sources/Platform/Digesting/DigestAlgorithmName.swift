internal import COpenSSL

/// The digests that images are checked with.
///
/// The raw value is the name used in APIs, settings and records.
///
/// Collisions for MD5 and SHA-1 are published: these only tell damage apart, not malice.
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
}

extension DigestAlgorithmName {
    /// libcrypto's implementation.
    var method: OpaquePointer? {
        switch self {
        case .md5: EVP_md5()
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha512: EVP_sha512()
        }
    }
}
