/// Why the agent doesn't start, with what mends it.
package struct AgentStartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason.
    package let description: String

    init(_ description: String) { self.description = description }
}
