internal import GRDB
package import PrecacheModel

extension SQLiteInventory {
    /// The catalogue's images in the order of their identifiers.
    ///
    /// Throws `badCursor`.
    package func images(_ page: PageRequest) async throws(StoreError) -> Page<CatalogueImage> {
        let after = try Self.text(page.after, of: "images")
        let found = try await database.read { try ImageRows.page($0, after: after, limit: page.limit + 1) }
        return Self.page(found, limit: page.limit, kind: "images") { $0.id.text }
    }

    /// Those of these images that the catalogue has; the rest are missing from the answer.
    package func images(_ ids: [ImageID]) async throws(StoreError) -> [ImageID: CatalogueImage] {
        try await database.read { database in
            var found: [ImageID: CatalogueImage] = [:]
            for id in ids { found[id] = try ImageRows.find(database, id) }
            return found
        }
    }

    /// Adds the image, or makes its entry this one; jobs under way keep what they began with.
    package func putImage(
        _ reference: ImageReference
    ) async throws(StoreError) -> (image: CatalogueImage, isNew: Bool) {
        let now = clock()
        return try await database.write { database, _ in
            let old = try ImageRows.find(database, reference.id)
            if let old, old.reference == reference { return (old, false) }
            try ImageRows.put(database, reference, at: now)
            let image = CatalogueImage(
                reference: reference,
                createdAt: old?.createdAt ?? now,
                updatedAt: now
            )
            return (image, old == nil)
        }
    }

    /// Removes the image.
    ///
    /// Throws `notFound`.
    package func deleteImage(_ id: ImageID) async throws(StoreError) {
        try await database.write { database, _ in
            guard try ImageRows.delete(database, id) else { throw StoreError.notFound("image", id.text) }
        }
    }
}
