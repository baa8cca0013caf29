/// Knows callers by their tokens.
package protocol Gatekeeper: Sendable {
    /// Who sends a request with these credentials from this address.
    ///
    /// Called on event loops: answers at once, from memory.
    func admit(_ credentials: Credentials, peer: String) -> Admission

    /// The same once more, after an answer of `unfamiliar`: looks where tokens come from before it answers, and never says
    /// `unfamiliar`.
    func admitAnew(_ credentials: Credentials, peer: String) async -> Admission

    /// What `WWW-Authenticate` says with a 401, one value for each way in, Keystone's being `Keystone uri="…"`.
    var challenges: [String] { get }
}

extension Gatekeeper {
    /// Who sends a request with these credentials from this address, by memory if it knows; never `unfamiliar`.
    package func admission(of credentials: Credentials, peer: String) async -> Admission {
        let admission = admit(credentials, peer: peer)
        return admission == .unfamiliar ? await admitAnew(credentials, peer: peer) : admission
    }
}

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

/// What becomes of a request at the door.
package enum Admission: Hashable, Sendable {
    /// Its sender is known.
    case admitted(Caller)
    /// Memory doesn't know its token: look again where tokens come from.
    case unfamiliar
    /// No token came, or none that we know or still honour.
    case refused
    /// Too many wrong tokens came from the sender's address; the next try makes sense after this time.
    case slowed(Duration)
    /// Whether the token holds can't be found out now; the next try makes sense after this time.
    case unavailable(Duration)
}
