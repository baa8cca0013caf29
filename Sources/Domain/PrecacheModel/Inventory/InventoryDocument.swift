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
