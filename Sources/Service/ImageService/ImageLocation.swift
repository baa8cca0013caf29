/// One place of an image's bytes, and what to ask for them with.
package struct ImageLocation: Hashable, Sendable, CustomStringConvertible {
    /// The data's URL.
    package let url: String
    /// The token for `X-Auth-Token`: secret.
    package let token: String

    /// The URL alone.
    package var description: String { url }
}
