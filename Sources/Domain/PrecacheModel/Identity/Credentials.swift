/// What a request shows to say who sends it; both are secret.
package struct Credentials: Hashable, Sendable {
    /// The `Authorization` field.
    package let authorization: String?
    /// The `X-Auth-Token` field, as OpenStack's clients send it.
    package let authToken: String?

    /// Puts credentials together.
    package init(authorization: String? = nil, authToken: String? = nil) {
        self.authorization = authorization
        self.authToken = authToken
    }

    /// The longest token that is looked at, in bytes: Fernet tokens have some 250, federated ones more.
    package static let longestToken = 4096

    /// Whether the request shows nothing at all.
    package var isEmpty: Bool { authorization == nil && authToken == nil }

    /// The token: that of `X-Auth-Token`, else that of `Authorization: Bearer TOKEN`, the scheme in any case; nil if there
    /// is none, or none of a sensible length.
    package var token: String? {
        if let authToken {
            return (1...Self.longestToken).contains(authToken.utf8.count) ? authToken : nil
        }
        guard var authorization, authorization.utf8.count <= Self.longestToken + 16 else { return nil }
        return authorization.withUTF8 { text in
            let scheme: StaticString = "bearer "
            guard text.count > scheme.utf8CodeUnitCount else { return nil }
            for index in 0..<scheme.utf8CodeUnitCount {
                let (byte, wanted) = (text[index], scheme.utf8Start[index])
                // An ASCII letter and its capital differ in one bit; the space has to be one.
                guard byte == wanted || byte | 0x20 == wanted && wanted != UInt8(ascii: " ") else {
                    return nil
                }
            }
            let token = text[scheme.utf8CodeUnitCount...].drop { $0 == UInt8(ascii: " ") }
            return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
        }
    }
}
