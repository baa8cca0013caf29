package import PrecacheModel

extension StoredInventory {
    /// The catalogue's images in the order of their identifiers.
    ///
    /// Throws `badCursor`.
    package func images(_ page: PageRequest) async throws(StoreError) -> Page<CatalogueImage> {
        let after = try Cursors.text(page.after, of: "images")
        let found = try await engine.read { try ImageRows.page($0, after: after, limit: page.limit + 1) }
        return Cursors.page(found, limit: page.limit, kind: "images") { $0.id.text }
    }

    /// Those of these images that the catalogue has; the rest are missing from the answer.
    package func images(_ ids: [ImageID]) async throws(StoreError) -> [ImageID: CatalogueImage] {
        try await engine.read { database in
            var found: [ImageID: CatalogueImage] = [:]
            for id in ids { found[id] = try ImageRows.find(database, id) }
            return found
        }
    }

    /// The newest images of a name in the catalogue, newest first.
    package func newest(
        named name: String,
        count: Int
    ) async throws(StoreError) -> [(id: ImageID, at: Timestamp)] {
        try await engine.read { database in
            try database.all(
                "SELECT id, created_at FROM image WHERE name = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2",
                [name, count]
            ) { (try Stored.imageID($0[0]), $0[1]) }
        }
    }

    /// Adds the image, or makes its entry this one; jobs under way keep what they began with.
    package func putImage(
        _ reference: ImageReference
    ) async throws(StoreError) -> (image: CatalogueImage, isNew: Bool) {
        let now = clock()
        return try await engine.write(.rare) { database, _ in
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
        try await engine.write(.rare) { database, _ in
            guard try ImageRows.delete(database, id) else { throw StoreError.notFound("image", id.text) }
        }
    }
}

/// SQL about the catalogue's images.
enum ImageRows {
    private static let select = """
        SELECT id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified, created_at, updated_at
        FROM image
        """

    static func find(_ database: any StoreConnection, _ id: ImageID) throws -> CatalogueImage? {
        try database.first(select + " WHERE id = ?1", [id.text], record)
    }

    /// Images after an id, by id.
    static func page(
        _ database: any StoreConnection,
        after id: String,
        limit: Int
    ) throws -> [CatalogueImage] {
        try database.all(select + " WHERE id > ?1 ORDER BY id LIMIT ?2", [id, limit], record)
    }

    static func all(_ database: any StoreConnection) throws -> [CatalogueImage] {
        try database.all(select, [], record)
    }

    /// Adds an image, or replaces all but its `created_at`.
    static func put(_ database: any StoreConnection, _ image: ImageReference, at now: Timestamp) throws {
        try database.run(
            """
            INSERT INTO image (id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified,
                created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url,
                size_bytes = excluded.size_bytes, hash_algorithm = excluded.hash_algorithm, hash = excluded.hash,
                disk_format = excluded.disk_format, allow_unverified = excluded.allow_unverified,
                updated_at = excluded.updated_at
            """,
            [
                image.id.text, image.name, image.url, image.sizeBytes, image.digest?.algorithm.rawValue,
                image.digest?.hex, image.diskFormat.rawValue, image.allowsUnverified, now,
            ]
        )
    }

    /// Whether there was one to delete.
    static func delete(_ database: any StoreConnection, _ id: ImageID) throws -> Bool {
        try database.run("DELETE FROM image WHERE id = ?1", [id.text]) > 0
    }

    private static func record(_ row: any StoreRow) throws -> CatalogueImage {
        CatalogueImage(
            reference: ImageReference(
                id: try Stored.imageID(row[0]),
                name: row[1],
                url: row[2],
                sizeBytes: row[3],
                digest: try Stored.digest(algorithm: row[4], hex: row[5]),
                diskFormat: try Stored.diskFormat(row[6]),
                allowsUnverified: row[7]
            ),
            createdAt: row[8],
            updatedAt: row[9]
        )
    }
}
