/// Who may give this agent orders.
///
/// With neither a token nor a client name everybody may: for the loopback only.
package struct AgentAccess: Sendable {
    /// The bearer token that callers may show.
    package var token: String?
    /// The name that callers' verified certificates may carry, as common name or DNS name.
    package var clientName: String?

    package init(token: String?, clientName: String?) {
        self.token = token
        self.clientName = clientName
    }
}
