/// What applying an inventory changed, or would.
public struct InventoryReport: Decodable, Sendable, Hashable {
    /// One change.
    public struct Change: Decodable, Sendable, Hashable {
        /// `add`, `update` or `remove`.
        public let action: String
        /// `host`, `aggregate` or `image`.
        public let kind: String
        /// Its name or identifier.
        public let name: String
        /// The fields that differ.
        public let fields: [String]?
    }

    /// The changes.
    public let changes: [Change]
}
