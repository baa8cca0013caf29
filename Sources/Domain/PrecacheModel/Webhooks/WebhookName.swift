/// What an operator calls a webhook: 1 to 64 of `[a-zA-Z0-9._-]`, a letter or digit first.
package struct WebhookName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name of the webhook that the settings file describes; the API can't give it to another.
    package static let settings = WebhookName(unchecked: "settings")

    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        let isAlphanumeric = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 64,
            text.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) })
        else {
            throw InvalidValue(
                "webhook name",
                text,
                rule: "1 to 64 letters, digits, '.', '-' and '_', a letter or digit first"
            )
        }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    /// Orders by text, or by strength.
    package static func < (left: WebhookName, right: WebhookName) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}
