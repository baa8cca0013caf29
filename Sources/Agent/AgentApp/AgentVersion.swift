/// The agent's version, as heartbeats and `--version` tell it.
package enum AgentVersion {
    /// Semantic versioning 2.0.0.
    package static let text = "0.1.0"
}
