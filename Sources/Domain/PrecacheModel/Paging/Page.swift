/// A part of a list.
package struct Page<Item: Sendable>: Sendable {
    /// The items, in the list's order.
    package var items: [Item]
    /// Where the next part begins; nil at the end.
    package var next: PageCursor?

    package init(items: [Item], next: PageCursor?) {
        self.items = items
        self.next = next
    }
}
