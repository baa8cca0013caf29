internal import COpenSSL

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
