package import PrecacheModel

/// Policies, as the API needs them.
///
/// Errors as with ``InventoryRecords``.
package protocol PolicyRecords: Sendable {
    /// Those after a name, by name, so many at most, and how far each is carried out.
    func policies(
        after: String,
        limit: Int
    ) async throws(StoreError) -> [(record: PolicyRecord, status: PolicyStatus)]

    /// One, and how far it is carried out; nil if there is none.
    func policy(_ name: PolicyName) async throws(StoreError) -> (record: PolicyRecord, status: PolicyStatus)?

    /// How a policy stood, newest first, so many at most: since a time, before the moment with this number.
    func history(
        of name: PolicyName,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [PolicyMoment]

    /// Makes policies these, all or none.
    ///
    /// Throws `conflict` (subject `policy`) if there would be too many.
    ///
    /// - Returns: What became of each, in the order given, those that went last.
    func apply(
        _ policies: [(name: PolicyName, spec: PolicySpec)],
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [PolicyChange]

    /// Removes one.
    ///
    /// Throws `notFound`.
    func delete(_ name: PolicyName) async throws(StoreError)

    /// Looks a policy's channels up and reconciles it, soon; what failed is asked again.
    ///
    /// Throws `notFound`.
    func run(_ name: PolicyName) async throws(StoreError)

    /// Why windows could never be reckoned with, in words; nil if they can.
    func fault(inZone zone: String) -> String?
}
