/// What a request shows to say who sends it; both are secret.
public struct Credentials: Hashable, Sendable {
    /// The `Authorization` field.
    public let authorization: String?
    /// The `X-Auth-Token` field, as OpenStack's clients send it.
    public let authToken: String?

    /// Puts credentials together.
    public init(authorization: String? = nil, authToken: String? = nil) {
        self.authorization = authorization
        self.authToken = authToken
    }

    /// The longest token that is looked at, in bytes: Fernet tokens have some 250, federated ones more.
    public static let longestToken = 4096

    /// Whether the request shows nothing at all.
    public var isEmpty: Bool { authorization == nil && authToken == nil }

    /// The token: that of `X-Auth-Token`, else that of `Authorization: Bearer TOKEN`, the scheme in any case; nil if there
    /// is none, or none of a sensible length.
    public var token: String? {
        if let authToken {
            return (1...Self.longestToken).contains(authToken.utf8.count) ? authToken : nil
        }
        guard let authorization, authorization.utf8.count <= Self.longestToken + 16,
            let space = authorization.utf8.firstIndex(of: UInt8(ascii: " ")),
            authorization[..<space].lowercased() == "bearer"
        else { return nil }
        let token = authorization[space...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
