internal import COpenSSL

/// Random bytes that nobody can predict, from OpenSSL's generator (`RAND_bytes`), for tokens and secrets.
package enum SecureRandom {
    /// As many random bytes as asked for; none for a count below one.
    ///
    /// - Throws: ``DigestError`` with `randomUnavailable` if the generator cannot be seeded.
    package static func bytes(_ count: Int) throws(DigestError) -> [UInt8] {
        guard count > 0 else { return [] }
        guard let length = Int32(exactly: count) else {
            throw DigestError(.randomUnavailable, "\(count) random bytes at once are too many")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, length) == 1 else {
            throw DigestError.fromLibrary(.randomUnavailable, "no random bytes")
        }
        return bytes
    }
}

/// Compares two secrets in a time that does not depend on where they differ (`CRYPTO_memcmp`).
///
/// Unequal lengths answer at once: compare digests of secrets, whose length tells nothing.
package func constantTimeEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    first.count == second.count && CRYPTO_memcmp(first, second, first.count) == 0
}

/// Compares two texts in a time that tells nothing of either, their lengths included: their SHA-256 digests are compared.
package func constantTimeEqual(_ first: String, _ second: String) -> Bool {
    constantTimeEqual(sha256(Array(first.utf8)), sha256(Array(second.utf8)))
}
