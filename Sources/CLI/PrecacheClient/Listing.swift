/// One part of a list.
public struct Listing<Item: ServiceItem>: Sendable {
    /// The things.
    public let items: [Item]
    /// The cursor of the next part, nil after the last.
    public let next: String?
}
