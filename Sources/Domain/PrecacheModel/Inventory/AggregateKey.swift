/// How a caller names an aggregate: by its name or by its number.
///
/// A text of digits alone is a number first; where no aggregate has that number, it is a name.
package struct AggregateKey: Hashable, Sendable, CustomStringConvertible {
    /// The text as given.
    package let text: String
    private let isNumber: Bool

    /// Any text; one that can be neither name nor number is found nowhere.
    package init(_ text: String) {
        self.text = text
        isNumber = false
    }

    /// This number, and no name of the same digits.
    package init(id: Int64) {
        text = String(id)
        isNumber = true
    }

    /// The number, if the text is one: digits alone.
    package var id: Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }

    /// The name, if the text can be one.
    package var name: AggregateName? { isNumber ? nil : try? AggregateName(text) }

    /// The text as given.
    package var description: String { text }
}
