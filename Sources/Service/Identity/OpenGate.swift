public import PrecacheModel

/// Lets everybody do everything: `auth.mode = "none"`, for loopback alone.
public struct OpenGate: Sendable {
    /// The open gate.
    public init() {}

    /// Whoever it is.
    public func admit(authorization: String?, peer: String) -> Admission {
        .admitted(Caller(name: nil, role: nil))
    }

    /// Whoever it is.
    public func admitAnew(authorization: String?, peer: String) async -> Admission {
        admit(authorization: authorization, peer: peer)
    }
}
