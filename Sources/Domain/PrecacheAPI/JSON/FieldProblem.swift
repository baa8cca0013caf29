/// What is wrong with one field of a request: an element of a problem's `errors`.
public struct FieldProblem: Error, Hashable, Sendable {
    /// Where, for example `cache[1].id`; empty for the whole body.
    public let field: String
    /// What is wrong and what would be right.
    public let message: String

    /// Puts a problem together.
    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}
