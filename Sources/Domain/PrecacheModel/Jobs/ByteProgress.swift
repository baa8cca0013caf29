/// How far a download is.
public struct ByteProgress: Hashable, Sendable {
    /// The largest count of bytes that is believed or kept: the largest integer that every reader of JSON keeps
    /// exactly (RFC 8259, section 6).
    ///
    /// Counts come from agents; a sum of a few of those that lie must not overflow.
    public static let limit: Int64 = 9_007_199_254_740_991

    /// Bytes fetched.
    public var done: Int64
    /// Bytes in all, if known.
    public var total: Int64?

    /// Puts a progress together.
    public init(done: Int64, total: Int64?) {
        self.done = done
        self.total = total
    }

    /// A count, or the nearest that is believed.
    public static func bounded(_ count: Int64) -> Int64 { min(max(count, 0), limit) }

    /// A sum that stays within what is believed, for addends that may be negative.
    public static func boundedSum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflows) = left.addingReportingOverflow(right)
        if overflows { return right < 0 ? -limit : limit }
        return min(max(sum, -limit), limit)
    }
}
