/// One place of an image's bytes, and what to ask for them with.
public struct ImageLocation: Hashable, Sendable, CustomStringConvertible {
    /// The data's URL.
    public let url: String
    /// The token for `X-Auth-Token`: secret.
    public let token: String

    /// The URL alone.
    public var description: String { url }
}
