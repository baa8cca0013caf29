/// Which part of a list a caller wants.
package struct PageRequest: Hashable, Sendable {
    /// The number of items unless said otherwise.
    package static let defaultLimit = 100
    /// The most items in one part.
    package static let maximumLimit = 1000

    /// At most so many items, 1 to ``maximumLimit``.
    package var limit: Int
    /// The items after this one; nil from the beginning.
    package var after: PageCursor?

    package init(limit: Int = defaultLimit, after: PageCursor? = nil) {
        self.limit = limit
        self.after = after
    }
}
