/// A text that was refused as a name or an identifier: which rule it broke, with the value.
package struct InvalidValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was to be made of the value, for example "host name".
    package let kind: String
    /// The refused value, shortened to 80 characters, control characters escaped.
    package let value: String
    /// The rule, worded for people: what would have been accepted.
    package let rule: String

    /// Describes a refusal.
    package init(_ kind: String, _ value: String, rule: String) {
        self.kind = kind
        var shown = ""
        for scalar in value.unicodeScalars.prefix(80) {
            shown +=
                scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        self.value = shown + (value.unicodeScalars.count > 80 ? "…" : "")
        self.rule = rule
    }

    /// The value as text, fit for logs.
    package var description: String { "'\(value)' is not a valid \(kind): \(rule)" }
}
