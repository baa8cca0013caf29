internal import Digesting
package import PrecacheModel
internal import TextForms

/// What the service shows an agent in place of the fleet's secret: made from it for one host.
///
/// Who reads it, on the wire or on that host, can give orders to no other host. An agent can have it in place of the secret,
/// and then knows nothing that opens another.
package struct HostToken: Sendable {
    /// How every token of a host begins, so that an agent knows its setting for one.
    private static let mark = "host."

    /// The mark and 64 hexadecimal digits: the HMAC-SHA-256 of the host's name under the secret.
    package let text: String

    /// Makes a host's token; nil if OpenSSL fails.
    package init?(secret: String, host: HostName) {
        // The word before the name keeps it apart from whatever else may be made from the secret one day.
        let message = Array("precache-agent \(host.text)".utf8)
        guard let code = try? hmacSHA256(key: Array(secret.utf8), message: message) else { return nil }
        text = Self.mark + Hexadecimal.encode(code)
    }

    /// Whether a text is some host's token, not a fleet's secret.
    package static func isOne(_ text: String) -> Bool {
        text.hasPrefix(mark) && text.utf8.count == mark.utf8.count + 64
    }
}
