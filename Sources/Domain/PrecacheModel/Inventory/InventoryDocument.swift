/// A whole inventory, as `PUT /v1/inventory` takes it: everything in it is added or updated in one transaction.
public struct InventoryDocument: Hashable, Sendable {
    /// An aggregate with its members.
    public struct Aggregate: Hashable, Sendable {
        /// The aggregate itself.
        public var entry: AggregateEntry
        /// Its hosts, exactly; nil leaves its membership alone.
        ///
        /// Each must be in the document or in the inventory.
        public var hosts: [HostName]?

        /// Puts an aggregate together.
        public init(entry: AggregateEntry, hosts: [HostName]?) {
            self.entry = entry
            self.hosts = hosts
        }
    }

    /// The hosts; nil if the document doesn't speak of hosts, and then pruning doesn't touch them.
    public var hosts: [HostEntry]?
    /// The aggregates; nil likewise.
    public var aggregates: [Aggregate]?
    /// The catalogue's images; nil likewise.
    public var images: [ImageReference]?

    /// Puts a document together.
    public init(hosts: [HostEntry]?, aggregates: [Aggregate]?, images: [ImageReference]?) {
        self.hosts = hosts
        self.aggregates = aggregates
        self.images = images
    }
}
