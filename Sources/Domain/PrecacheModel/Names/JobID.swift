import TextForms

/// A job's identifier: a lower-case UUID, chosen by the service.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// The identifier as text, 36 characters.
    package let text: String

    /// Checks an identifier.
    ///
    /// Throws ``InvalidValue`` unless it is a UUID; letters are lowered.
    package init(_ text: String) throws(InvalidValue) {
        guard let lowered = UUIDText.lowered(text) else {
            throw InvalidValue("job id", text, rule: "a UUID")
        }
        self.text = lowered
    }

    private init(unchecked text: String) { self.text = text }

    /// A fresh random identifier (RFC 9562, version 4).
    package static func make() -> JobID { JobID(unchecked: UUIDText.make()) }

    /// The value as text, fit for logs.
    package var description: String { text }
}
