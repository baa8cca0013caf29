public import PrecacheModel

/// Lets everybody do everything: `auth.mode = "none"`, for loopback alone.
public struct OpenGate: Gatekeeper {
    /// The open gate.
    public init() {}

    /// Whoever it is.
    public func admit(_ credentials: Credentials, peer: String) -> Admission {
        .admitted(Caller(name: nil, role: nil))
    }

    /// Whoever it is.
    public func admitAnew(_ credentials: Credentials, peer: String) async -> Admission {
        admit(credentials, peer: peer)
    }

    /// Nobody is turned away.
    public var challenges: [String] { [] }
}
