/// A whole inventory, as `PUT /v1/inventory` takes it: everything in it is added or updated in one transaction.
package struct InventoryDocument: Hashable, Sendable {
    /// An aggregate with its members.
    package struct Aggregate: Hashable, Sendable {
        /// The aggregate itself.
        package var entry: AggregateEntry
        /// Its hosts, exactly; nil leaves its membership alone.
        ///
        /// Each must be in the document or in the inventory.
        package var hosts: [HostName]?

        package init(entry: AggregateEntry, hosts: [HostName]?) {
            self.entry = entry
            self.hosts = hosts
        }
    }

    /// The hosts; nil if the document doesn't speak of hosts, and then pruning doesn't touch them.
    package var hosts: [HostEntry]?
    /// The aggregates; nil likewise.
    package var aggregates: [Aggregate]?
    /// The catalogue's images; nil likewise.
    package var images: [ImageReference]?

    package init(hosts: [HostEntry]?, aggregates: [Aggregate]?, images: [ImageReference]?) {
        self.hosts = hosts
        self.aggregates = aggregates
        self.images = images
    }
}

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
