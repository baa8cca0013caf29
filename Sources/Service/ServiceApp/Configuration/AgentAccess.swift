import Settings

/// How the service shows agents who it is.
struct AgentAccess: Sendable {
    /// The files for TLS with agents.
    struct Certificates: Sendable {
        var authorities: String
        var certificate: String?
        var key: String?
    }

    var token: Secret?
    var certificates: Certificates?

    init(_ values: SettingsValues, _ problems: inout [String]) {
        token = values[FanOutSettings.agentToken]
        let (certificate, key) = (values[FanOutSettings.agentCertificate], values[FanOutSettings.agentKey])
        if (certificate == nil) != (key == nil) {
            problems.append("agents.tls.certificate and agents.tls.key need each other")
        }
        if let authorities = values[FanOutSettings.agentCA] {
            certificates = Certificates(authorities: authorities, certificate: certificate, key: key)
        } else if certificate != nil {
            problems.append(
                "agents.tls.certificate needs agents.tls.ca beside it: without it no agent is believed"
            )
        }
    }
}
