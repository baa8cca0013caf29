package import PrecacheModel

/// Lets everybody do everything: `auth.mode = "none"`, for loopback alone.
package struct OpenGate: Gatekeeper {
    /// The open gate.
    package init() {}

    /// Whoever it is.
    package func admit(_ credentials: Credentials, peer: String) -> Admission {
        .admitted(Caller(name: nil, role: nil))
    }

    /// Whoever it is.
    package func admitAnew(_ credentials: Credentials, peer: String) async -> Admission {
        admit(credentials, peer: peer)
    }

    /// Nobody is turned away.
    package var challenges: [String] { [] }
}
