public import PrecacheModel

/// Knows callers by their tokens.
///
/// Called on event loops: answers at once, from memory.
public protocol Gatekeeper: Sendable {
    /// Who sends a request with this `Authorization` field from this address.
    func admit(authorization: String?, peer: String) -> Admission
}
