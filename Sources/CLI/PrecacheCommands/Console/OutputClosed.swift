/// Nobody reads what is written any more, as in `precache job results ID | head`.
public struct OutputClosed: Error, Sendable, Hashable {
    /// Says so.
    public init() {}
}
