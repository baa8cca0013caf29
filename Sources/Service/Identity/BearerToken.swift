package import Digesting
import PrecacheModel
import TextForms

/// A bearer token's text: `pc_` and 43 characters of base64url, 256 random bits.
///
/// The text is shown once, when it is made; only its SHA-256 is kept. A fast hash is enough, since nobody can try
/// 2²⁵⁶ texts.
package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What every token begins with, so that people and secret scanners know one when they see it.
    package static let prefix = "pc_"

    /// The token itself, for its owner alone.
    package let text: String

    /// Makes a new token.
    ///
    /// Throws `DigestError` if the system has no random bytes.
    package static func make() throws(DigestError) -> BearerToken {
        BearerToken(text: prefix + Base64URL.encode(try SecureRandom.bytes(32)))
    }

    private init(text: String) { self.text = text }

    /// What is kept of it: 32 bytes.
    package var hash: [UInt8] { Self.hash(of: text) }

    /// The SHA-256 of a token's text.
    package static func hash(of text: String) -> [UInt8] { sha256(Array(text.utf8)) }

    /// Whether a text has a token's shape.
    static func isShaped(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 43
    }

    /// Never the token.
    package var description: String { "<token>" }

    /// Never the token.
    package var debugDescription: String { "<token>" }
}
