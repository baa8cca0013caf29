/// A host aggregate's name: 1 to 255 printable characters without white space at either end, as Nova's.
package struct AggregateName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        guard PrintableText.isName(text, upTo: 255) else {
            throw InvalidValue(
                "aggregate name",
                text,
                rule: "1 to 255 printable characters, no white space at either end"
            )
        }
        self.text = text
    }

    /// Orders by text, or by strength.
    package static func < (left: AggregateName, right: AggregateName) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}
