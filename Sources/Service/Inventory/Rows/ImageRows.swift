internal import GRDB
internal import PrecacheModel

/// SQL about the catalogue's images.
enum ImageRows {
    private static let select = """
        SELECT id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified, created_at, updated_at
        FROM image
        """

    static func find(_ database: Database, _ id: ImageID) throws -> CatalogueImage? {
        let statement = try database.cachedStatement(sql: select + " WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.text]).map(record)
    }

    /// Images after an id, by id.
    static func page(_ database: Database, after id: String, limit: Int) throws -> [CatalogueImage] {
        let statement = try database.cachedStatement(sql: select + " WHERE id > ? ORDER BY id LIMIT ?")
        return try Row.fetchAll(statement, arguments: [id, limit]).map(record)
    }

    static func all(_ database: Database) throws -> [CatalogueImage] {
        try Row.fetchAll(database, sql: select).map(record)
    }

    /// Adds an image, or replaces all but its `created_at`.
    static func put(_ database: Database, _ image: ImageReference, at now: Timestamp) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO image (id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified,
                    created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url,
                    size_bytes = excluded.size_bytes, hash_algorithm = excluded.hash_algorithm, hash = excluded.hash,
                    disk_format = excluded.disk_format, allow_unverified = excluded.allow_unverified,
                    updated_at = excluded.updated_at
                """
        )
        try statement.execute(arguments: [
            image.id.text, image.name, image.url, image.sizeBytes, image.digest?.algorithm.rawValue,
            image.digest?.hex, image.diskFormat.rawValue, image.allowsUnverified, now.microseconds,
            now.microseconds,
        ])
    }

    /// Whether there was one to delete.
    static func delete(_ database: Database, _ id: ImageID) throws -> Bool {
        try database.cachedStatement(sql: "DELETE FROM image WHERE id = ?").execute(arguments: [id.text])
        return database.changesCount > 0
    }

    private static func record(_ row: Row) throws -> CatalogueImage {
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
            createdAt: Timestamp(microseconds: row[8]),
            updatedAt: Timestamp(microseconds: row[9])
        )
    }
}
