internal import COpenSSL

/// What OpenSSL refused to do, with its own words.
package struct DigestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for programs.
    package enum Code: String, Sendable {
        /// This OpenSSL does not offer the algorithm (as a FIPS provider does with MD5).
        case unsupportedAlgorithm = "unsupported_algorithm"
        /// The digest is finished; start another.
        case finished
        /// The kernel or OpenSSL could not give random bytes.
        case randomUnavailable = "random_unavailable"
        /// OpenSSL failed otherwise, such as for want of memory.
        case library
    }

    /// What went wrong.
    package let code: Code

    /// What was asked for, and OpenSSL's reason if it gave one.
    package let description: String

    init(_ code: Code, _ what: String, reason: String? = nil) {
        self.code = code
        self.description = reason.map { "\(what): \($0)" } ?? what
    }

    /// Takes the newest entry of this thread's OpenSSL error queue and empties the queue, so that a later
    /// TLS call on the same thread does not mistake it for its own.
    static func fromLibrary(_ code: Code, _ what: String) -> DigestError {
        let entry = ERR_peek_last_error()
        ERR_clear_error()
        guard entry != 0 else { return DigestError(code, what) }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(entry, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return DigestError(code, what, reason: String(decoding: bytes, as: UTF8.self))
    }
}
