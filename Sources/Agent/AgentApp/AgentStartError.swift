/// Why the agent doesn't start, with what mends it.
public struct AgentStartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason.
    public let description: String

    init(_ description: String) { self.description = description }
}
