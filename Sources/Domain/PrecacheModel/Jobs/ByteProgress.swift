/// How far a download is.
public struct ByteProgress: Hashable, Sendable {
    /// Bytes fetched.
    public var done: Int64
    /// Bytes in all, if known.
    public var total: Int64?

    /// Puts a progress together.
    public init(done: Int64, total: Int64?) {
        self.done = done
        self.total = total
    }
}
