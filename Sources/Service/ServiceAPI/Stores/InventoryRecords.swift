package import PrecacheModel

/// Hosts, aggregates, the catalogue of images and whole inventories, as the API needs them.
///
/// Every verb is durable when it returns. All throw ``StoreError`` with `busy`, `full`, `readOnly`, `corrupt`, `closed`
/// or `failed` for the store's own troubles.
package protocol InventoryRecords: Sendable {
    /// The hosts that the filter admits, in the order of their names, with their last heartbeats but without those heartbeats' images.
    ///
    /// Throws `badCursor`.
    func hosts(_ page: PageRequest, where filter: HostFilter) async throws(StoreError) -> Page<HostRecord>

    /// One host, with its last heartbeat's images; nil if there is none of this name.
    func host(_ name: HostName) async throws(StoreError) -> HostRecord?

    /// The aggregates that the host is in, by name.
    func aggregates(of host: HostName) async throws(StoreError) -> [AggregateName]

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
    ///
    /// - Returns: The host's number, and what tells its list of images from others; nil if the mark that came instead of a list
    ///   isn't that of the list that is known here.
    func recordHeartbeat(
        _ heartbeat: HeartbeatRecord,
        of host: HostName
    ) async throws(StoreError) -> (host: Int64, mark: String?)

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
    ///
    /// - Returns: Its name.
    @discardableResult
    func deleteAggregate(_ key: AggregateKey, onlyIfEmpty: Bool) async throws(StoreError) -> AggregateName

    /// Makes the host a member; one that is a member already stays one, unless that is asked for strictly.
    ///
    /// Throws `notFound` with subject `aggregate` or `host`.
    func addMember(
        _ host: HostName,
        to key: AggregateKey,
        isStrict: Bool
    ) async throws(StoreError) -> AggregateRecord

    /// Ends the host's membership.
    ///
    /// Throws `notFound` with subject `aggregate` or `member`.
    func removeMember(_ host: HostName, from key: AggregateKey) async throws(StoreError) -> AggregateRecord

    /// The images in the order of their identifiers.
    ///
    /// Throws `badCursor`.
    func images(_ page: PageRequest) async throws(StoreError) -> Page<CatalogueImage>

    /// Those of these images that the catalogue has; the rest are missing from the answer.
    func images(_ ids: [ImageID]) async throws(StoreError) -> [ImageID: CatalogueImage]

    /// Adds the image, or makes its entry this one; jobs under way keep what they began with.
    ///
    /// - Returns: The image, and whether it is new.
    func putImage(
        _ reference: ImageReference
    ) async throws(StoreError) -> (image: CatalogueImage, isNew: Bool)

    /// Removes the image.
    ///
    /// Throws `notFound`.
    func deleteImage(_ id: ImageID) async throws(StoreError)

    /// Applies a whole inventory in one transaction, or finds out what that would change.
    ///
    /// - Parameters:
    ///   - document: What is to be there.
    ///   - prune: Whether what the document doesn't list goes, for each kind that the document speaks of.
    ///   - dryRun: Whether nothing is to be changed.
    /// - Returns: What changed or would, in the document's order, removals last; nothing if all was so already.
    /// - Throws: `notFound` with subject `host` for a member that is neither in the document nor in the inventory.
    func apply(
        _ document: InventoryDocument,
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [InventoryChange]
}
