import FoundationEssentials

/// What deliveries to a webhook are signed with, as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes.
///
/// Printed, interpolated or mirrored it reads `<secret>`.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What every secret's text begins with.
    package static let prefix = "whsec_"

    /// The whole text, for the database and for the one answer that shows it.
    package let text: String
    /// The key's bytes.
    package let key: [UInt8]

    /// Reads a secret.
    ///
    /// Throws ``InvalidValue`` that doesn't show it.
    package init(_ text: String) throws(InvalidValue) {
        guard text.hasPrefix(Self.prefix),
            let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(data.count)
        else {
            throw InvalidValue(
                "webhook secret",
                "(not shown)",
                rule:
                    "\(Self.prefix) and base64 of 24 to 64 bytes, as: echo \(Self.prefix)$(openssl rand -base64 32)"
            )
        }
        self.text = text
        key = Array(data)
    }

    /// Makes a secret of a random key of 24 to 64 bytes.
    package init(key: [UInt8]) {
        text = Self.prefix + Data(key).base64EncodedString()
        self.key = key
    }

    /// Always `<secret>`.
    package var description: String { "<secret>" }

    /// Always `<secret>`.
    package var debugDescription: String { "<secret>" }

    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
