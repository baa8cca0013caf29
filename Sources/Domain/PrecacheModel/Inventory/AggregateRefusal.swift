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
