package import PrecacheModel

/// Policies, as the API needs them.
///
/// Errors as with ``InventoryRecords``.
package protocol PolicyRecords: Sendable {
    /// All, by name, and how far each is carried out.
    func policies() async throws(StoreError) -> [(record: PolicyRecord, status: PolicyStatus)]

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
