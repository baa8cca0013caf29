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
