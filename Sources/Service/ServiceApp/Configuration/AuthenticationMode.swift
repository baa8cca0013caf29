/// How callers are known: the values of `auth.mode`.
enum AuthenticationMode: String, Sendable, CaseIterable {
    /// By bearer tokens that the database keeps hashes of.
    case tokens
    /// Not at all; on loopback alone.
    case none
}
