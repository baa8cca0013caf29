/// A line of an agent's stream that breaks the protocol.
public struct AgentLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    /// Describes a breach.
    public init(_ description: String) { self.description = description }
}
