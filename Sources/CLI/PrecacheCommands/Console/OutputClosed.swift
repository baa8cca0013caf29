/// What is written arrives nowhere any more.
package struct OutputClosed: Error, Sendable, Hashable {
    /// Why, in the system's words; nil where the reader has gone, as in `precache job results ID | head`.
    package let reason: String?

    /// Says so.
    package init(reason: String? = nil) { self.reason = reason }
}
