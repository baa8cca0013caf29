/// The agent's version, as heartbeats and `--version` tell it.
public enum AgentVersion {
    /// Semantic versioning 2.0.0.
    public static let text = "0.1.0"
}
