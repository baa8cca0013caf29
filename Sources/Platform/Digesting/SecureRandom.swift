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

    /// A random text of `byteCount` bytes in base64url without padding (RFC 4648 section 5): safe in headers, URLs, files.
    ///
    /// The default, 32 bytes, gives 43 characters and 256 bits.
    ///
    /// - Throws: ``DigestError`` with `randomUnavailable` if the generator cannot be seeded.
    package static func token(byteCount: Int = 32) throws(DigestError) -> String {
        base64URL(try bytes(byteCount))
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var window: UInt32 = 0
        var bits = 0
        for byte in bytes {
            window = window << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(window >> UInt32(bits)) & 63])
            }
        }
        if bits > 0 { text.append(alphabet[Int(window << UInt32(6 - bits)) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }
}
