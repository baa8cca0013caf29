import HTTPTypes

/// The values of a pattern's `{names}`, percent-decoded.
package struct PathParameters: Sendable {
    private let names: [String]
    private let values: [String]

    /// Holds no values.
    package init() { self.init(names: [], values: []) }

    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    /// The value of a name; nil for one that the pattern does not have.
    package subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }

    /// The value of a name that the pattern has.
    ///
    /// - Throws: 500 `internal` for a name that the pattern does not have: a mistake in the program.
    package func require(_ name: String) throws(HTTPFailure) -> String {
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
