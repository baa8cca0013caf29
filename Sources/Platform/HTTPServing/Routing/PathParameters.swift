import HTTPTypes

/// The values of a pattern's `{names}`, percent-decoded.
public struct PathParameters: Sendable {
    private let items: [(name: String, value: String)]

    /// Holds the values; tests make their own.
    public init(_ items: [(name: String, value: String)] = []) {
        self.items = items
    }

    /// The value of a name; nil for one that the pattern does not have.
    public subscript(name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// The value of a name that the pattern has.
    ///
    /// - Throws: 500 `internal` for a name that the pattern does not have: a mistake in the program.
    public func require(_ name: String) throws(HTTPFailure) -> String {
        guard let value = self[name] else {
            throw HTTPFailure(
                status: .internalServerError,
                code: "internal",
                message: "The route has no parameter '\(name)'."
            )
        }
        return value
    }
}
