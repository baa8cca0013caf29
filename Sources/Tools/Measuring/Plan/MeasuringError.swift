/// A plan or readings that can't be used.
public struct MeasuringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    /// Says what is wrong.
    public init(_ description: String) { self.description = description }
}
