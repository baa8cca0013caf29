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

/// What is wrong with a text that is to be the fleet's secret.
///
/// Whoever reads one host's token can try secrets against it without being seen, as fast as machines make HMACs.
package struct SecretFlaw: Hashable, Sendable {
    /// Whether it can't be used at all: fewer than 16 bytes are, fewer than 32 are only told of.
    package let isFatal: Bool
    /// What is wrong and what mends it, to follow the setting's name.
    package let advice: String

    /// Nil if nothing is wrong.
    package init?(in secret: String) {
        let length = secret.utf8.count
        guard length < 32 else { return nil }
        isFatal = length < 16
        advice =
            "has \(length) characters, and whoever reads one host's token can guess it from that: "
            + "make one of 64 with `openssl rand -hex 32`"
    }
}
