internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about results: paging by host and image, with filters.
enum ResultRows {
    /// The outcomes that `job_result_not_good` indexes.
    private static let indexed: Set<Outcome> = [.error, .skipped, .cancelled]

    static func page(
        _ database: Database,
        job: Int64,
        filter: ResultFilter,
        after: (host: Int, image: Int),
        limit: Int
    ) throws -> [ResultRecord] {
        var conditions = ["r.job_id = ?", "(r.host, r.image) > (?, ?)"]
        var arguments: StatementArguments = [job, after.host, after.image]
        if let name = filter.host {
            guard let ordinal = try hostOrdinal(database, job: job, name) else { return [] }
            conditions.append("r.host = ?")
            arguments += [ordinal]
        }
        if let image = filter.image {
            guard let ordinal = try JobImageRows.ordinal(database, job: job, image: image) else { return [] }
            conditions.append("r.image = ?")
            arguments += [ordinal]
        }
        guard !filter.outcomes.isEmpty, filter.outcomes.isSubset(of: indexed) else {
            if !filter.outcomes.isEmpty { conditions.append(outcomeCondition(filter.outcomes)) }
            return try fetch(database, conditions, arguments, limit: limit)
        }
        // One walk along the index for each outcome; their first rows together hold the page.
        let found = try filter.outcomes.flatMap { outcome in
            try fetch(
                database,
                conditions + ["r.outcome = \(StoredOutcome.number(outcome))"],
                arguments,
                limit: limit
            )
        }
        return Array(
            found.sorted { ($0.hostOrdinal, $0.imageOrdinal) < ($1.hostOrdinal, $1.imageOrdinal) }.prefix(
                limit
            )
        )
    }

    /// The statement for a page, with literal outcomes: the partial index is only used for those.
    static func sql(_ conditions: [String]) -> String {
        """
        SELECT r.host, r.image, h.name, i.image_id, r.outcome, h.state, r.attempts, h.attempt, r.reason, r.detail,
            r.bytes_done, r.bytes_total, r.source, r.verified, h.started_at, r.finished_at
        FROM job_result r
        CROSS JOIN job_host h ON h.job_id = r.job_id AND h.ordinal = r.host
        CROSS JOIN job_image i ON i.job_id = r.job_id AND i.ordinal = r.image
        WHERE \(conditions.joined(separator: " AND ")) ORDER BY r.host, r.image LIMIT ?
        """
    }

    static func hostOrdinal(_ database: Database, job: Int64, _ name: HostName) throws -> Int? {
        let statement = try database.cachedStatement(
            sql: "SELECT ordinal FROM job_host WHERE job_id = ? AND name = ?"
        )
        return try Int.fetchOne(statement, arguments: [job, name.text])
    }

    private static func fetch(
        _ database: Database,
        _ conditions: [String],
        _ arguments: StatementArguments,
        limit: Int
    ) throws -> [ResultRecord] {
        let statement = try database.cachedStatement(sql: sql(conditions))
        return try Row.fetchAll(statement, arguments: arguments + [limit]).map(record)
    }

    private static func outcomeCondition(_ outcomes: Set<Outcome>) -> String {
        var parts: [String] = []
        if outcomes.contains(.pending) { parts.append("r.outcome = 0 AND h.state <> 1") }
        if outcomes.contains(.running) { parts.append("r.outcome = 0 AND h.state = 1") }
        let final = outcomes.filter(\.isFinal).map { String(StoredOutcome.number($0)) }.sorted()
        if !final.isEmpty { parts.append("r.outcome IN (\(final.joined(separator: ", ")))") }
        return "(" + parts.joined(separator: " OR ") + ")"
    }

    private static func record(_ row: Row) throws -> ResultRecord {
        let number: Int = row[4]
        let hostState = StoredHostState(rawValue: row[5]) ?? .waiting
        return ResultRecord(
            host: try Stored.hostName(row[2]),
            imageID: try Stored.imageID(row[3]),
            hostOrdinal: row[0],
            imageOrdinal: row[1],
            ImageOutcome(
                try StoredOutcome.outcome(number, hostState: hostState),
                reason: (row[8] as String?).flatMap(Reason.init(rawValue:)),
                detail: row[9],
                bytesDone: row[10],
                bytesTotal: row[11],
                source: row[12],
                isVerified: row[13]
            ),
            attempts: number == StoredOutcome.unfinished ? row[7] : row[6],
            startedAt: (row[14] as Int64?).map { Timestamp(microseconds: $0) },
            finishedAt: (row[15] as Int64?).map { Timestamp(microseconds: $0) }
        )
    }
}
