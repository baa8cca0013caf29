internal import COpenSSL
internal import TextForms

/// SHA-256 of bytes at hand: 32 bytes.
///
/// For what streams, see ``StreamingDigest``.
package func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: DigestAlgorithmName.sha256.byteCount)
    guard EVP_Digest(bytes, bytes.count, &digest, nil, fetchedSHA256.method, nil) == 1 else {
        preconditionFailure("libcrypto has no memory for a SHA-256 digest")
    }
    return digest
}

/// SHA-256 looked up once: OpenSSL's one-shot functions search their providers, under locks, with every call.
private struct FetchedSHA256: @unchecked Sendable {
    // Never changed and never freed; OpenSSL counts its uses atomically.
    let method: OpaquePointer?
}

private let fetchedSHA256 = FetchedSHA256(method: EVP_MD_fetch(nil, "SHA256", nil))

/// SHA-1 of a text's UTF-8 bytes, as 40 lowercase hexadecimal digits.
///
/// Nova names the files of its image cache so (`nova/virt/libvirt/imagecache.py`, `get_cache_fname`); it proves nothing.
package func sha1Hex(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: DigestAlgorithmName.sha1.byteCount)
    SHA1(bytes, bytes.count, &digest)
    return Hexadecimal.encode(digest)
}

/// HMAC-SHA-256 (RFC 2104) of `message` under `key`: 32 bytes.
///
/// - Throws: ``DigestError`` with `library` if OpenSSL fails.
package func hmacSHA256(key: [UInt8], message: [UInt8]) throws(DigestError) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: DigestAlgorithmName.sha256.byteCount)
    var written = 0
    let result = EVP_Q_mac(
        nil,
        "HMAC",
        nil,
        "SHA256",
        nil,
        key,
        key.count,
        message,
        message.count,
        &code,
        code.count,
        &written
    )
    guard result != nil, written == code.count else {
        throw DigestError.fromLibrary(.library, "HMAC-SHA-256 failed")
    }
    return code
}
