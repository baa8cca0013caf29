/// Who may give this agent orders.
///
/// With neither a token nor a client name everybody may: for the loopback only.
public struct AgentAccess: Sendable {
    /// The bearer token that callers may show.
    public var token: String?
    /// The name that callers' verified certificates may carry, as common name or DNS name.
    public var clientName: String?

    /// Puts the rule together.
    public init(token: String?, clientName: String?) {
        self.token = token
        self.clientName = clientName
    }
}
