package import PrecacheModel

/// The aggregates of the inventory, as the API needs them.
///
/// Errors as with ``HostRecords``.
package protocol AggregateRecords: Sendable {
    /// The aggregates in the order of their names.
    ///
    /// Throws `badCursor`.
    func aggregates(_ page: PageRequest) async throws(StoreError) -> Page<AggregateRecord>

    /// One aggregate by number or, where no aggregate has that number, by name; nil if there is none.
    func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord?

    /// Adds the aggregate, or makes its entry this one; its hosts stay.
    ///
    /// - Returns: The aggregate, and whether it is new.
    func putAggregate(
        _ entry: AggregateEntry
    ) async throws(StoreError) -> (
        aggregate: AggregateRecord, isNew: Bool
    )

    /// Removes the aggregate; its hosts and its jobs stay.
    ///
    /// Throws `notFound`.
    func deleteAggregate(_ key: AggregateKey) async throws(StoreError)

    /// Makes the host a member; one that is a member already stays one.
    ///
    /// Throws `notFound` with subject `aggregate` or `host`.
    func addMember(_ host: HostName, to key: AggregateKey) async throws(StoreError) -> AggregateRecord

    /// Ends the host's membership.
    ///
    /// Throws `notFound` with subject `aggregate` or `member`.
    func removeMember(_ host: HostName, from key: AggregateKey) async throws(StoreError) -> AggregateRecord
}
