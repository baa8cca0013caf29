/// A named set of hosts, as Nova's host aggregates.
package struct AggregateRecord: Hashable, Sendable {
    /// The number that Nova's API knows it by, never used again for another aggregate.
    package var id: Int64
    /// A UUID, lower case.
    package var uuid: String
    /// What an operator says of it.
    package var entry: AggregateEntry
    /// Its hosts, in the order of their names.
    package var hosts: [HostName]
    /// When it was added.
    package var createdAt: Timestamp
    /// When its entry or its membership last changed.
    package var updatedAt: Timestamp

    package init(
        id: Int64,
        uuid: String,
        entry: AggregateEntry,
        hosts: [HostName],
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.uuid = uuid
        self.entry = entry
        self.hosts = hosts
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The aggregate's name.
    package var name: AggregateName { entry.name }
}
