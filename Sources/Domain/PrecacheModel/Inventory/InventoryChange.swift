/// One thing that applying an ``InventoryDocument`` changed, or would change.
package struct InventoryChange: Hashable, Sendable {
    /// What became of it.
    package enum Action: String, Sendable, CaseIterable {
        /// It is new.
        case add
        /// It was there and differs.
        case update
        /// It isn't in the document, and pruning was asked for.
        case remove
    }

    /// What kind of thing.
    package enum Kind: String, Sendable, CaseIterable {
        /// A host.
        case host
        /// An aggregate.
        case aggregate
        /// An image of the catalogue.
        case image
    }

    /// What became of it.
    package var action: Action
    /// What kind of thing.
    package var kind: Kind
    /// Its name, or an image's identifier.
    package var name: String
    /// The fields that an update changes, in wire spelling; a changed membership is the aggregate's field `hosts`.
    ///
    /// Empty for the other actions.
    package var fields: [String]

    package init(action: Action, kind: Kind, name: String, fields: [String] = []) {
        self.action = action
        self.kind = kind
        self.name = name
        self.fields = fields
    }
}
