package import PrecacheModel

/// The inventory as Nova's API needs it.
///
/// Every change is durable when it returns. All throw ``StoreError``: for the store's own troubles, and with
/// ``StoreError/aggregateRefusal`` for what an operator asked for and can't have.
package protocol NovaInventory: Sendable {
    /// All aggregates in the order of their numbers, with their hosts.
    func allAggregates() async throws(StoreError) -> [AggregateRecord]

    /// One aggregate; nil if there is none.
    func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord?

    /// Adds an aggregate; refuses `nameTaken`.
    func createAggregate(_ entry: AggregateEntry) async throws(StoreError) -> AggregateRecord

    /// Changes an aggregate's entry; refuses `noAggregate`, `nameTaken`, `emptyZone`, `zoneConflict`.
    func editAggregate(_ key: AggregateKey, _ edit: AggregateEdit) async throws(StoreError) -> AggregateRecord

    /// Removes an aggregate; refuses `noAggregate`, `notEmpty`.
    func deleteAggregate(_ key: AggregateKey, onlyIfEmpty: Bool) async throws(StoreError) -> AggregateName

    /// Adds a member; refuses, strictly and in this order, `noHost`, `noAggregate`, `zoneConflict`, `alreadyMember`.
    func addMember(
        _ host: HostName,
        to key: AggregateKey,
        isStrict: Bool
    ) async throws(StoreError) -> AggregateRecord

    /// Removes a member; refuses `noAggregate`, `notMember`.
    func removeMember(_ host: HostName, from key: AggregateKey) async throws(StoreError) -> AggregateRecord

    /// Every host, in the order of their numbers.
    func computeHosts() async throws(StoreError) -> [ComputeHost]
}
