/// The digest that an image's bytes must have.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The algorithm.
    public let algorithm: DigestAlgorithm
    /// The digest in lower-case hexadecimal digits.
    public let hex: String

    /// Checks a digest: the right number of hexadecimal digits for its algorithm.
    ///
    /// Letters are lowered.
    public init(_ algorithm: DigestAlgorithm, hex: String) throws(InvalidValue) {
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
    public var description: String { "\(algorithm.rawValue):\(hex)" }
}
