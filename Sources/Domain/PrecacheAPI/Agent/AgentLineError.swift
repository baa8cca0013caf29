/// A line of an agent's stream that breaks the protocol.
package struct AgentLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    package let description: String

    /// Describes a breach.
    package init(_ description: String) { self.description = description }
}
