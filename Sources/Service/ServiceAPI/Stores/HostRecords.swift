package import PrecacheModel

/// The hosts of the inventory, as the API needs them.
///
/// Every verb is durable when it returns. All throw ``StoreError`` with `busy`, `full`, `readOnly`, `corrupt`, `closed`
/// or `failed` for the store's own troubles.
package protocol HostRecords: Sendable {
    /// The hosts in the order of their names, with their last heartbeats but without those heartbeats' images.
    ///
    /// Throws `badCursor`.
    func hosts(_ page: PageRequest) async throws(StoreError) -> Page<HostRecord>

    /// One host, with its last heartbeat's images; nil if there is none of this name.
    func host(_ name: HostName) async throws(StoreError) -> HostRecord?

    /// Adds the host, or makes its entry this one; heartbeat and membership stay.
    ///
    /// - Returns: The host, and whether it is new.
    func putHost(_ entry: HostEntry) async throws(StoreError) -> (host: HostRecord, isNew: Bool)

    /// Removes the host, also from its aggregates.
    ///
    /// Jobs that it takes part in keep its name. Throws `notFound`.
    func deleteHost(_ name: HostName) async throws(StoreError)

    /// Keeps a host's heartbeat in place of the one before.
    ///
    /// It need not outlive a power cut. Throws `notFound`.
    func recordHeartbeat(_ heartbeat: HeartbeatRecord, of host: HostName) async throws(StoreError)
}
