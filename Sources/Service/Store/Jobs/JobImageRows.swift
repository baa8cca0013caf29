internal import PrecacheModel

/// SQL about a job's copy of its images.
enum JobImageRows {
    private static let new = RowSet(
        into: "job_image",
        [
            "job_id", "ordinal", "image_id", "name", "url", "size_bytes", "hash_algorithm", "hash",
            "disk_format", "allow_unverified", "origin",
        ]
    )

    static func insert(_ database: any StoreConnection, job: Int64, images: [ImageReference]) throws {
        let values: [[(any StoreBindable)?]] = images.enumerated().map { ordinal, image in
            [
                job, ordinal, image.id.text, image.name, image.url, image.sizeBytes,
                image.digest?.algorithm.rawValue, image.digest?.hex, image.diskFormat.rawValue,
                image.allowsUnverified, image.origin.rawValue,
            ]
        }
        try new.write(database, values.flatMap { $0 })
    }

    /// The condition on `job_image i` for those that nobody has looked up; its index has these words.
    static let isUnresolved = "i.origin = '\(ImageOrigin.unresolved.rawValue)'"

    /// The images that nobody has looked up, with their places.
    static func unresolved(
        _ database: any StoreConnection,
        job: Int64
    ) throws -> [(ordinal: Int, id: ImageID)] {
        let sql = """
            SELECT i.ordinal, i.image_id FROM job_image i WHERE i.job_id = ?1 AND \(isUnresolved) ORDER BY i.ordinal
            """
        return try database.all(sql, [job]) { ($0[0], try Stored.imageID($0[1])) }
    }

    /// Writes down what was found out about an image; its identifier stays.
    static func resolve(
        _ database: any StoreConnection,
        job: Int64,
        ordinal: Int,
        _ image: ImageReference
    ) throws {
        try database.run(
            """
            UPDATE job_image SET name = ?1, url = ?2, size_bytes = ?3, hash_algorithm = ?4, hash = ?5,
                disk_format = ?6, allow_unverified = ?7, origin = ?8
            WHERE job_id = ?9 AND ordinal = ?10
            """,
            [
                image.name, image.url, image.sizeBytes, image.digest?.algorithm.rawValue, image.digest?.hex,
                image.diskFormat.rawValue, image.allowsUnverified, image.origin.rawValue, job, ordinal,
            ]
        )
    }

    /// Notes that an image can't be had.
    static func giveUp(_ database: any StoreConnection, job: Int64, ordinal: Int) throws {
        try database.run(
            "UPDATE job_image SET origin = ?1 WHERE job_id = ?2 AND ordinal = ?3",
            [ImageOrigin.absent.rawValue, job, ordinal]
        )
    }

    /// The images as shown with the job, in its order.
    static func shown(_ database: any StoreConnection, job: Int64) throws -> [JobImage] {
        let sql = """
            SELECT image_id, name, size_bytes, exchanged, from_source_bytes, from_peers_bytes
            FROM job_image WHERE job_id = ?1 ORDER BY ordinal
            """
        return try database.all(sql, [job]) { row in
            var image = JobImage(id: try Stored.imageID(row[0]), name: row[1], sizeBytes: row[2])
            (image.isExchanged, image.fromSourceBytes, image.fromPeersBytes) = (row[3], row[4], row[5])
            return image
        }
    }

    /// Adds to what is known of where an image's bytes came from; sums stay within their bounds.
    static func add(_ gain: ImageGain, to ordinal: Int, _ database: any StoreConnection, job: Int64) throws {
        let least = database.dialect.least
        try database.run(
            """
            UPDATE job_image SET exchanged = CASE WHEN ?1 = 1 THEN 1 ELSE exchanged END,
                from_source_bytes = \(least)(from_source_bytes + ?2, \(ByteProgress.limit)),
                from_peers_bytes = \(least)(from_peers_bytes + ?3, \(ByteProgress.limit))
            WHERE job_id = ?4 AND ordinal = ?5
            """,
            [gain.isExchanged, gain.fromSource, gain.fromPeers, job, ordinal]
        )
    }

    /// Everything known of the images, in the job's order.
    static func references(_ database: any StoreConnection, job: Int64) throws -> [ImageReference] {
        let sql = """
            SELECT image_id, name, url, size_bytes, hash_algorithm, hash, disk_format, allow_unverified, origin
            FROM job_image WHERE job_id = ?1 ORDER BY ordinal
            """
        return try database.all(sql, [job]) { row in
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
    static func ordinal(_ database: any StoreConnection, job: Int64, image: ImageID) throws -> Int? {
        try database.first(
            "SELECT ordinal FROM job_image WHERE job_id = ?1 AND image_id = ?2",
            [job, image.text]
        ) { $0[0] }
    }
}
