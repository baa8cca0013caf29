public import PrecacheModel

/// Knows callers by their tokens.
public protocol Gatekeeper: Sendable {
    /// Who sends a request with this `Authorization` field from this address.
    ///
    /// Called on event loops: answers at once, from memory.
    func admit(authorization: String?, peer: String) -> Admission

    /// The same once more, after an answer of `unfamiliar`: reads the tokens anew before it answers, and never says
    /// `unfamiliar`.
    func admitAnew(authorization: String?, peer: String) async -> Admission
}
