/// How callers are known: the values of `auth.mode`.
enum AuthenticationMode: String, Sendable, CaseIterable {
    /// By bearer tokens that the database keeps hashes of.
    case tokens
    /// By tokens that Keystone gave them.
    case keystone
    /// By either.
    case tokensAndKeystone = "tokens,keystone"
    /// Not at all; on loopback alone.
    case none

    /// Whether our own tokens count.
    var takesTokens: Bool { self == .tokens || self == .tokensAndKeystone }

    /// Whether Keystone's tokens count.
    var asksKeystone: Bool { self == .keystone || self == .tokensAndKeystone }
}
