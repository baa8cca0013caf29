package import PrecacheModel

/// The catalogue of images, and whole inventories, as the API needs them.
///
/// Errors as with ``HostRecords``.
package protocol CatalogueRecords: Sendable {
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
