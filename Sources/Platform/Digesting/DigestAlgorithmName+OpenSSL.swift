internal import COpenSSL

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
