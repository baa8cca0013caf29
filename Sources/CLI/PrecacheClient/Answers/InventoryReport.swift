/// What applying an inventory changed, or would.
package struct InventoryReport: Decodable, Sendable, Hashable {
    /// One change.
    package struct Change: Decodable, Sendable, Hashable {
        /// `add`, `update` or `remove`.
        package let action: String
        /// `host`, `aggregate` or `image`.
        package let kind: String
        /// Its name or identifier.
        package let name: String
        /// The fields that differ.
        package let fields: [String]?
    }

    /// The changes.
    package let changes: [Change]
}
