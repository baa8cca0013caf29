internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about a job's copy of its images.
enum JobImageRows {
    static func insert(_ database: Database, job: Int64, images: [ImageReference]) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO job_image (job_id, ordinal, image_id, name, url, size_bytes, hash_algorithm, hash,
                    disk_format, allow_unverified, origin)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        for (ordinal, image) in images.enumerated() {
            try statement.execute(arguments: [
                job, ordinal, image.id.text, image.name, image.url, image.sizeBytes,
                image.digest?.algorithm.rawValue, image.digest?.hex, image.diskFormat.rawValue,
                image.allowsUnverified, image.origin.rawValue,
            ])
        }
    }

    /// The images that nobody has looked up, with their places.
    static func unresolved(_ database: Database, job: Int64) throws -> [(ordinal: Int, id: ImageID)] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT ordinal, image_id FROM job_image WHERE job_id = ? AND origin = 'unresolved'
                ORDER BY ordinal
                """
        )
        return try Row.fetchAll(statement, arguments: [job]).map { ($0[0], try Stored.imageID($0[1])) }
    }

    /// Writes down what was found out about an image; its identifier stays.
    static func resolve(
        _ database: Database,
        job: Int64,
        ordinal: Int,
        _ image: ImageReference
    ) throws {
        try database.cachedStatement(
            sql: """
                UPDATE job_image SET name = ?, url = ?, size_bytes = ?, hash_algorithm = ?, hash = ?,
                    disk_format = ?, allow_unverified = ?, origin = ?
                WHERE job_id = ? AND ordinal = ?
                """
        ).execute(arguments: [
            image.name, image.url, image.sizeBytes, image.digest?.algorithm.rawValue, image.digest?.hex,
            image.diskFormat.rawValue, image.allowsUnverified, image.origin.rawValue, job, ordinal,
        ])
    }

    /// Notes that an image can't be had.
    static func giveUp(_ database: Database, job: Int64, ordinal: Int) throws {
        try database.cachedStatement(
            sql: "UPDATE job_image SET origin = ? WHERE job_id = ? AND ordinal = ?"
        ).execute(arguments: [ImageOrigin.absent.rawValue, job, ordinal])
    }

    /// The images as shown with the job, in its order.
    static func shown(_ database: Database, job: Int64) throws -> [JobImage] {
        let statement = try database.cachedStatement(
            sql: "SELECT image_id, name, size_bytes FROM job_image WHERE job_id = ? ORDER BY ordinal"
        )
        return try Row.fetchAll(statement, arguments: [job]).map { row in
            JobImage(id: try Stored.imageID(row[0]), name: row[1], sizeBytes: row[2])
        }
    }

    /// Everything known of the images, in the job's order.
    static func references(_ database: Database, job: Int64) throws -> [ImageReference] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT image_id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified, origin
                FROM job_image WHERE job_id = ? ORDER BY ordinal
                """
        )
        return try Row.fetchAll(statement, arguments: [job]).map { row in
            ImageReference(
                id: try Stored.imageID(row[0]),
                name: row[1],
                url: row[2],
                sizeBytes: row[3],
                digest: try Stored.digest(algorithm: row[4], hex: row[5]),
                diskFormat: try Stored.diskFormat(row[6]),
                allowsUnverified: row[7],
                origin: try Stored.imageOrigin(row[8])
            )
        }
    }

    /// An image's place in the job.
    static func ordinal(_ database: Database, job: Int64, image: ImageID) throws -> Int? {
        let statement = try database.cachedStatement(
            sql: "SELECT ordinal FROM job_image WHERE job_id = ? AND image_id = ?"
        )
        return try Int.fetchOne(statement, arguments: [job, image.text])
    }
}
