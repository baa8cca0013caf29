/// A plan or readings that can't be used.
package struct MeasuringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let description: String

    /// Says what is wrong.
    package init(_ description: String) { self.description = description }
}
