/// A fleet that can't be simulated as asked.
public struct FleetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would mend it.
    public let description: String

    init(_ description: String) { self.description = description }
}
