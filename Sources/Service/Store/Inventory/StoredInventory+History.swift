package import Coverage
package import PrecacheModel

extension StoredInventory {
    /// Moments that one transaction writes at most: others that change hosts wait for it.
    private static let batch = 50

    /// The newest moments of a pair that are kept, however young the others are.
    static let keptMoments = 500

    private static let columns = "total, warm, stale, missing, unsupported, damaged, disabled"

    /// Writes down how much of aggregates has images, where that is news; of what several controllers see at once, it is news
    /// once.
    package func note(_ moments: [(pair: CoveragePair, moment: CoverageMoment)]) async throws(StoreError) {
        for start in stride(from: 0, to: moments.count, by: Self.batch) {
            let some = moments[start..<min(start + Self.batch, moments.count)]
            try await engine.write(.rare) { database, _ in
                for (pair, moment) in some { try Self.note(database, pair, moment) }
            }
        }
    }

    private static func note(
        _ database: any StoreConnection,
        _ pair: CoveragePair,
        _ moment: CoverageMoment
    ) throws {
        let last = try history(database, pair, before: .max, since: nil, limit: 1).first
        guard moment.isNews(after: last) else { return }
        let key: [(any StoreBindable)?] = [pair.aggregate, pair.image.text]
        let hosts = moment.coverage.hosts
        try database.run(
            """
            INSERT INTO coverage_history (aggregate_id, image_id, at, \(columns))
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """,
            key + [moment.at, moment.coverage.total]
                + [.warm, .stale, .missing, .unsupported, .damaged, .disabled].map { hosts[$0] ?? 0 }
        )
        try database.run(
            """
            DELETE FROM coverage_history WHERE aggregate_id = ?1 AND image_id = ?2 AND id <= (
                SELECT id FROM coverage_history WHERE aggregate_id = ?1 AND image_id = ?2
                ORDER BY id DESC LIMIT 1 OFFSET ?3)
            """,
            key + [keptMoments]
        )
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

    /// The last moment of each pair that has one: what whoever begins to write goes on from.
    package func lastMoments() async throws(StoreError) -> [CoveragePair: CoverageMoment] {
        let sql = """
            SELECT id, at, \(Self.columns), aggregate_id, image_id FROM coverage_history
            WHERE id IN (SELECT max(id) FROM coverage_history GROUP BY aggregate_id, image_id)
            """
        let found = try await engine.read { database in
            try database.all(sql) { row in
                let pair = CoveragePair(aggregate: row[9], image: try ImageID(row[10] as String))
                return (pair, Self.moment(row, of: pair))
            }
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    private static func moment(_ row: any StoreRow, of pair: CoveragePair) -> CoverageMoment {
        CoverageMoment(
            number: row[0],
            at: row[1],
            coverage: ImageCoverage(
                image: pair.image,
                hosts: [
                    .warm: row[3], .stale: row[4], .missing: row[5], .unsupported: row[6],
                    .damaged: row[7], .disabled: row[8],
                ]
            )
        )
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
            moment(row, of: pair)
        }
    }

    /// Deletes moments from before this time, so many at most; the last of an aggregate that is there stays.
    ///
    /// - Returns: Whether there may be more.
    static func prune(_ database: any StoreConnection, before: Timestamp, limit: Int) throws -> Bool {
        try database.run(
            """
            DELETE FROM coverage_history WHERE id IN (
                SELECT h.id FROM coverage_history h WHERE h.at < ?1 AND (
                    EXISTS (SELECT 1 FROM coverage_history n
                        WHERE n.aggregate_id = h.aggregate_id AND n.image_id = h.image_id AND n.id > h.id)
                    OR NOT EXISTS (SELECT 1 FROM aggregate a WHERE a.id = h.aggregate_id))
                ORDER BY h.at LIMIT ?2)
            """,
            [before, limit]
        ) == limit
    }
}
