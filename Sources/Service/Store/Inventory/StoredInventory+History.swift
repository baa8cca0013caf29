package import Coverage
package import PrecacheModel

extension StoredInventory {
    /// Moments that one transaction writes at most: others that change hosts wait for it.
    private static let batch = 50

    /// The newest moments of a pair that are kept, however young the others are.
    static let keptMoments = 500

    /// Columns after the whole number, by their names.
    private static let kinds: [Warmth] = [.warm, .stale, .missing, .unsupported, .damaged, .disabled]
    private static let columns = (["total"] + kinds.map(\.rawValue)).joined(separator: ", ")

    /// Writes down how much of aggregates has images, where that is news; of what several controllers see at once, it is news
    /// once.
    ///
    /// - Returns: What is the last moment of each now.
    @discardableResult
    package func note(
        _ moments: [(pair: CoveragePair, moment: CoverageMoment)]
    ) async throws(StoreError) -> [CoveragePair: CoverageMoment] {
        var last: [CoveragePair: CoverageMoment] = [:]
        for start in stride(from: 0, to: moments.count, by: Self.batch) {
            let some = moments[start..<min(start + Self.batch, moments.count)]
            let noted = try await engine.write(.rare) { database, _ in
                try some.map { pair, moment in (pair, try Self.note(database, pair, moment)) }
            }
            for (pair, moment) in noted { last[pair] = moment }
        }
        return last
    }

    private static func note(
        _ database: any StoreConnection,
        _ pair: CoveragePair,
        _ moment: CoverageMoment
    ) throws -> CoverageMoment {
        if let last = try history(database, pair, before: .max, since: nil, limit: 1).first,
            !moment.isNews(after: last)
        {
            return last
        }
        let key: [(any StoreBindable)?] = [pair.aggregate, pair.image.text]
        let hosts = moment.coverage.hosts
        try database.run(
            """
            INSERT INTO coverage_history (aggregate_id, image_id, at, \(columns))
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """,
            key + [moment.at, moment.coverage.total]
                + kinds.map { hosts[$0] ?? 0 }
        )
        try database.run(
            """
            DELETE FROM coverage_history WHERE aggregate_id = ?1 AND image_id = ?2 AND id <= (
                SELECT id FROM coverage_history WHERE aggregate_id = ?1 AND image_id = ?2
                ORDER BY id DESC LIMIT 1 OFFSET ?3)
            """,
            key + [keptMoments]
        )
        return moment
    }

    /// Pairs of aggregate and image that jobs are about which are still kept, the last ones first, so many at most.
    package func pairsOfJobs(limit: Int) async throws(StoreError) -> [CoveragePair] {
        try await engine.read { database in
            try database.all(
                """
                SELECT j.aggregate_id, i.image_id FROM job j JOIN job_image i ON i.job_id = j.id
                JOIN aggregate a ON a.id = j.aggregate_id
                GROUP BY j.aggregate_id, i.image_id ORDER BY max(j.id) DESC LIMIT ?1
                """,
                [limit]
            ) { CoveragePair(aggregate: $0[0], image: try ImageID($0[1] as String)) }
        }
    }

    /// How much of an aggregate had an image, newest first, so many moments at most.
    ///
    /// Only those with numbers below `before`, and since a time.
    package func history(
        of pair: CoveragePair,
        before: Int64 = .max,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [CoverageMoment] {
        try await engine.read { try Self.history($0, pair, before: before, since: since, limit: limit) }
    }

    private static func history(
        _ database: any StoreConnection,
        _ pair: CoveragePair,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) throws -> [CoverageMoment] {
        let sql = """
            SELECT id, at, \(columns) FROM coverage_history
            WHERE aggregate_id = ?1 AND image_id = ?2 AND id < ?3 AND at >= ?4 ORDER BY id DESC LIMIT ?5
            """
        let start = since ?? Timestamp(microseconds: 0)
        return try database.all(sql, [pair.aggregate, pair.image.text, before, start, limit]) { row in
            let hosts = kinds.enumerated().map { place, kind in (kind, row[3 + place] as Int) }
            return CoverageMoment(
                number: row[0],
                at: row[1],
                coverage: ImageCoverage(image: pair.image, hosts: Dictionary(uniqueKeysWithValues: hosts))
            )
        }
    }

    /// Deletes moments from before this time, so many at most.
    ///
    /// - Returns: Whether there may be more.
    static func prune(_ database: any StoreConnection, before: Timestamp, limit: Int) throws -> Bool {
        try database.run(
            "DELETE FROM coverage_history WHERE id IN (SELECT id FROM coverage_history WHERE at < ?1 LIMIT ?2)",
            [before, limit]
        ) == limit
    }
}
