/// A named set of hosts, as Nova's host aggregates.
public struct AggregateRecord: Hashable, Sendable {
    /// The number that Nova's API knows it by, never used again for another aggregate.
    public var id: Int64
    /// A UUID, lower case.
    public var uuid: String
    /// What an operator says of it.
    public var entry: AggregateEntry
    /// Its hosts, in the order of their names.
    public var hosts: [HostName]
    /// When it was added.
    public var createdAt: Timestamp
    /// When its entry or its membership last changed.
    public var updatedAt: Timestamp

    /// Puts a record together.
    public init(
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
    public var name: AggregateName { entry.name }
}
