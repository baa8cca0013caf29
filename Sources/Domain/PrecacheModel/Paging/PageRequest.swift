/// Which part of a list a caller wants.
public struct PageRequest: Hashable, Sendable {
    /// The number of items unless said otherwise.
    public static let defaultLimit = 100
    /// The most items in one part.
    public static let maximumLimit = 1000

    /// At most so many items, 1 to ``maximumLimit``.
    public var limit: Int
    /// The items after this one; nil from the beginning.
    public var after: PageCursor?

    /// Puts a request together.
    public init(limit: Int = defaultLimit, after: PageCursor? = nil) {
        self.limit = limit
        self.after = after
    }
}
