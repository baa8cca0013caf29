/// A fleet that can't be simulated as asked.
package struct FleetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would mend it.
    package let description: String

    init(_ description: String) { self.description = description }
}
