package import PrecacheModel

/// The inventory as Nova's API needs it.
///
/// Every change is durable when it returns. All throw ``StoreError`` for the store's own troubles; what an operator asked
/// for and can't have comes back as a refusal.
package protocol NovaInventory: Sendable {
    /// All aggregates in the order of their numbers, with their hosts.
    func allAggregates() async throws(StoreError) -> [AggregateRecord]

    /// One aggregate; nil if there is none.
    func aggregate(id: Int64) async throws(StoreError) -> AggregateRecord?

    /// Adds an aggregate; refuses `nameTaken`.
    func createAggregate(
        _ entry: AggregateEntry
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal>

    /// Changes an aggregate's entry; refuses `noAggregate`, `nameTaken`, `emptyZone`, `zoneConflict`.
    func editAggregate(
        _ id: Int64,
        _ edit: AggregateEdit
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal>

    /// Removes an aggregate; refuses `noAggregate`, `notEmpty`.
    func deleteEmptyAggregate(_ id: Int64) async throws(StoreError) -> Result<AggregateName, AggregateRefusal>

    /// Adds a member; refuses, in this order, `noHost`, `noAggregate`, `zoneConflict`, `alreadyMember`.
    func admitMember(
        _ host: HostName,
        to id: Int64
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal>

    /// Removes a member; refuses `noHost`, `noAggregate`, `notMember`.
    func dismissMember(
        _ host: HostName,
        from id: Int64
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal>

    /// Every host, in the order of their numbers.
    func computeHosts() async throws(StoreError) -> [ComputeHost]
}
