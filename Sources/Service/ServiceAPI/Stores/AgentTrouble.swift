package import PrecacheModel

/// Why an agent couldn't be asked.
package struct AgentTrouble: Error, Hashable, Sendable {
    /// `agent_unreachable`, `agent_timeout`, `agent_unauthorized`, `wrong_host`, `agent_protocol`, or `internal`.
    package var reason: Reason
    /// The same for people; holds no secret.
    package var detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
