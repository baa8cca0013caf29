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

/// What an operator says of an aggregate: the part of an ``AggregateRecord`` that `PUT` and inventory files set.
package struct AggregateEntry: Hashable, Sendable {
    /// The name.
    package var name: AggregateName
    /// The availability zone that it makes, if any.
    package var availabilityZone: String?
    /// Free texts by key.
    package var metadata: [String: String]

    package init(name: AggregateName, availabilityZone: String? = nil, metadata: [String: String] = [:]) {
        self.name = name
        self.availabilityZone = availabilityZone
        self.metadata = metadata
    }
}

/// A change of an aggregate's entry, as Nova's API asks for it.
package struct AggregateEdit: Hashable, Sendable {
    /// What becomes of the availability zone.
    package enum Zone: Hashable, Sendable {
        /// It stays.
        case keep
        /// It becomes this one.
        case set(String)
        /// It was given as null or as an empty text: refused, as Nova does.
        case empty
    }

    /// The new name; nil keeps the old one.
    package var name: AggregateName?
    /// The zone.
    package var zone: Zone
    /// Metadata to set, or with nil to remove; keys that aren't named stay.
    package var metadata: [String: String?]

    package init(name: AggregateName? = nil, zone: Zone = .keep, metadata: [String: String?] = [:]) {
        self.name = name
        self.zone = zone
        self.metadata = metadata
    }
}

/// Why an aggregate isn't changed as Nova's API asks.
package enum AggregateRefusal: Error, Hashable, Sendable {
    /// No aggregate has this number.
    case noAggregate
    /// The inventory has no such host.
    case noHost
    /// Another aggregate has this name.
    case nameTaken(AggregateName)
    /// The host is a member already.
    case alreadyMember
    /// The host is no member.
    case notMember
    /// The aggregate still has hosts.
    case notEmpty
    /// An availability zone can't be taken away nor be empty; with the aggregate's name.
    case emptyZone(AggregateName)
    /// Its hosts are in other zones already, by other aggregates: their zones, one for each such aggregate.
    case zoneConflict([String])
}
