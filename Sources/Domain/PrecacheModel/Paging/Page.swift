/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    /// The items, in the list's order.
    public var items: [Item]
    /// Where the next part begins; nil at the end.
    public var next: PageCursor?

    /// Puts a page together.
    public init(items: [Item], next: PageCursor?) {
        self.items = items
        self.next = next
    }
}
