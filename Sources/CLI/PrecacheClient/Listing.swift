/// One part of a list.
package struct Listing<Item: ServiceItem>: Sendable {
    /// The things.
    package let items: [Item]
    /// The cursor of the next part, nil after the last.
    package let next: String?
}
