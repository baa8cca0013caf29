/// A name and a value of a URL's query.
public struct QueryItem: Sendable, Hashable {
    /// The name, not encoded.
    public let name: String
    /// The value, not encoded.
    public let value: String

    /// An item.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Items of those names that have a value.
    public static func present(_ items: [(name: String, value: String?)]) -> [QueryItem] {
        items.compactMap { item in item.value.map { QueryItem(item.name, $0) } }
    }
}
