/// What is wrong with one field of a request: an element of a problem's `errors`.
package struct FieldProblem: Error, Hashable, Sendable {
    /// Where, for example `cache[1].id`; empty for the whole body.
    package let field: String
    /// What is wrong and what would be right.
    package let message: String

    package init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}
