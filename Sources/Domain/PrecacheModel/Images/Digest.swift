import TextForms

/// The digest that an image's bytes must have.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The algorithm.
    package let algorithm: DigestAlgorithm
    /// The digest in lower-case hexadecimal digits.
    package let hex: String

    /// Checks a digest: the right number of hexadecimal digits for its algorithm.
    ///
    /// Letters are lowered.
    package init(_ algorithm: DigestAlgorithm, hex: String) throws(InvalidValue) {
        guard hex.utf8.count == algorithm.hexLength,
            hex.utf8.allSatisfy({ Hexadecimal.value(of: $0) != nil })
        else {
            throw InvalidValue(
                "\(algorithm.rawValue) digest",
                hex,
                rule: "\(algorithm.hexLength) hexadecimal digits"
            )
        }
        self.algorithm = algorithm
        self.hex = hex.lowercased()
    }

    /// The value as text, fit for logs.
    package var description: String { "\(algorithm.rawValue):\(hex)" }
}

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
