/// What is written arrives nowhere any more.
public struct OutputClosed: Error, Sendable, Hashable {
    /// Why, in the system's words; nil where the reader has gone, as in `precache job results ID | head`.
    public let reason: String?

    /// Says so.
    public init(reason: String? = nil) { self.reason = reason }
}
