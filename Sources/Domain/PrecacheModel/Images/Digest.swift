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
