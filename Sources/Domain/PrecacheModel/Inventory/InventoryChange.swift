/// One thing that applying an ``InventoryDocument`` changed, or would change.
public struct InventoryChange: Hashable, Sendable {
    /// What became of it.
    public enum Action: String, Sendable, CaseIterable {
        /// It is new.
        case added
        /// It was there and differs.
        case updated
        /// It isn't in the document, and pruning was asked for.
        case removed
    }

    /// What kind of thing.
    public enum Kind: String, Sendable, CaseIterable {
        /// A host.
        case host
        /// An aggregate.
        case aggregate
        /// A host's place in an aggregate; never `updated`.
        case member
        /// An image of the catalogue.
        case image
    }

    /// What became of it.
    public var action: Action
    /// What kind of thing.
    public var kind: Kind
    /// Its name or identifier; of a member `aggregate/host`.
    public var name: String
    /// The fields that differ, in wire spelling, of `updated`; empty otherwise.
    public var fields: [String]

    /// Puts a change together.
    public init(action: Action, kind: Kind, name: String, fields: [String] = []) {
        self.action = action
        self.kind = kind
        self.name = name
        self.fields = fields
    }
}
