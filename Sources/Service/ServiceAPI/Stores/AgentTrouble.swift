public import PrecacheModel

/// Why an agent couldn't be asked.
public struct AgentTrouble: Error, Hashable, Sendable {
    /// `agent_unreachable`, `agent_timeout`, `agent_unauthorized`, `agent_protocol`, or `internal`.
    public var reason: Reason
    /// The same for people; holds no secret.
    public var detail: String

    /// Puts a trouble together.
    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
