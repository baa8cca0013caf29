/// A name and a value of a URL's query.
package struct QueryItem: Sendable, Hashable {
    /// The name, not encoded.
    package let name: String
    /// The value, not encoded.
    package let value: String

    /// An item.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Items of those names that have a value.
    package static func present(_ items: [(name: String, value: String?)]) -> [QueryItem] {
        items.compactMap { item in item.value.map { QueryItem(item.name, $0) } }
    }
}
