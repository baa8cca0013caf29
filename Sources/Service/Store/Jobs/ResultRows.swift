internal import PrecacheModel

/// SQL about results: paging by host and image, with filters.
enum ResultRows {
    static func page(
        _ database: any StoreConnection,
        job: Int64,
        filter: ResultFilter,
        after: (host: Int, image: Int),
        limit: Int
    ) throws -> [ResultRecord] {
        var conditions = ["r.job_id = ?1", "(r.host, r.image) > (?2, ?3)"]
        var values: [(any StoreBindable)?] = [job, after.host, after.image, limit]
        if let name = filter.host {
            guard let ordinal = try hostOrdinal(database, job: job, name) else { return [] }
            values.append(ordinal)
            conditions.append("r.host = ?\(values.count)")
        }
        if let image = filter.image {
            guard let ordinal = try JobImageRows.ordinal(database, job: job, image: image) else { return [] }
            values.append(ordinal)
            conditions.append("r.image = ?\(values.count)")
        }
        if let reason = filter.reason {
            values.append(reason.rawValue)
            conditions.append("r.reason = ?\(values.count)")
        }
        guard !filter.outcomes.isEmpty, filter.outcomes.isSubset(of: StoredOutcome.notGood) else {
            if !filter.outcomes.isEmpty { conditions.append(outcomeCondition(filter.outcomes)) }
            return try database.all(sql(conditions, database.dialect), values, record)
        }
        // One walk along the index for each outcome; their first rows together hold the page.
        let found = try filter.outcomes.flatMap { outcome in
            let one = conditions + ["r.outcome = \(StoredOutcome.number(outcome))"]
            return try database.all(sql(one, database.dialect), values, record)
        }
        return Array(
            found.sorted { ($0.hostOrdinal, $0.imageOrdinal) < ($1.hostOrdinal, $1.imageOrdinal) }.prefix(
                limit
            )
        )
    }

    /// Final results of a host in the newest jobs, the newest job's first.
    static func recent(
        _ database: any StoreConnection,
        of host: HostName,
        jobs: Int,
        limit: Int
    ) throws -> [HostResult] {
        let ordered = database.dialect.ordered
        let sql = """
            SELECT \(columns), j.uuid
            FROM (SELECT id, uuid FROM job ORDER BY id DESC LIMIT ?2) j
            \(ordered) job_host h ON h.job_id = j.id AND h.name = ?1
            \(ordered) job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
                AND r.outcome <> \(StoredOutcome.unfinished)
            \(ordered) job_image i ON i.job_id = r.job_id AND i.ordinal = r.image
            ORDER BY j.id DESC, r.image LIMIT ?3
            """
        return try database.all(sql, [host.text, jobs, limit]) { row in
            HostResult(job: try Stored.jobID(row[19]), result: try record(row))
        }
    }

    /// What ``record(_:)`` reads of a result `r`, its host `h` and its image `i`.
    private static let columns = """
        r.host, r.image, h.name, i.image_id, r.outcome, h.state, r.attempts, h.attempt, h.started_at, r.finished_at,
            \(particulars)
        """

    /// What ``outcome(_:_:from:)`` reads of a result `r`.
    static let particulars = """
        r.reason, r.detail, r.bytes_done, r.bytes_total, r.source, r.verified, r.from_peers_bytes, r.from_source_bytes,
            r.from_far_bytes
        """

    /// The statement for a page, with literal outcomes: the partial index is only used for those.
    static func sql(_ conditions: [String], _ dialect: Dialect) -> String {
        """
        SELECT \(columns)
        FROM job_result r
        \(dialect.ordered) job_host h ON h.job_id = r.job_id AND h.ordinal = r.host
        \(dialect.ordered) job_image i ON i.job_id = r.job_id AND i.ordinal = r.image
        WHERE \(conditions.joined(separator: " AND ")) ORDER BY r.host, r.image LIMIT ?4
        """
    }

    static func hostOrdinal(_ database: any StoreConnection, job: Int64, _ name: HostName) throws -> Int? {
        try database.first(
            "SELECT ordinal FROM job_host WHERE job_id = ?1 AND name = ?2",
            [job, name.text]
        ) { $0[0] }
    }

    private static func outcomeCondition(_ outcomes: Set<Outcome>) -> String {
        let (open, claimed) = ("r.outcome = \(StoredOutcome.unfinished)", StoredHostState.claimed.rawValue)
        var parts: [String] = []
        if outcomes.contains(.pending) { parts.append("\(open) AND h.state <> \(claimed)") }
        if outcomes.contains(.running) { parts.append("\(open) AND h.state = \(claimed)") }
        let final = outcomes.filter(\.isFinal)
        if !final.isEmpty { parts.append("r.outcome IN \(StoredOutcome.list(final))") }
        return "(" + parts.joined(separator: " OR ") + ")"
    }

    private static func record(_ row: any StoreRow) throws -> ResultRecord {
        let number: Int = row[4]
        let hostState = StoredHostState(rawValue: row[5]) ?? .waiting
        return ResultRecord(
            host: try Stored.hostName(row[2]),
            imageID: try Stored.imageID(row[3]),
            hostOrdinal: row[0],
            imageOrdinal: row[1],
            outcome(try StoredOutcome.outcome(number, hostState: hostState), row, from: 10),
            attempts: number == StoredOutcome.unfinished ? row[7] : row[6],
            startedAt: row[8],
            finishedAt: row[9]
        )
    }

    /// An outcome with its ``particulars``, which begin at a column.
    static func outcome(_ outcome: Outcome, _ row: any StoreRow, from first: Int) -> ImageOutcome {
        var outcome = ImageOutcome(
            outcome,
            reason: (row[first] as String?).flatMap(Reason.init(rawValue:)),
            detail: row[first + 1],
            bytesDone: row[first + 2],
            bytesTotal: row[first + 3],
            source: row[first + 4],
            isVerified: row[first + 5]
        )
        outcome.fromPeersBytes = row[first + 6]
        outcome.fromSourceBytes = row[first + 7]
        outcome.fromFarBytes = row[first + 8]
        return outcome
    }
}
