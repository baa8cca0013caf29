internal import PrecacheModel

/// A job's row with its images: what a ``JobRecord`` is made of.
struct JobRow: Sendable {
    /// The row's number, which the rows below the job carry.
    let key: Int64
    /// The controller that works on it; nil where nobody does.
    let owner: Int64?
    /// How often it has been taken over.
    let term: Int64
    var record: JobRecord

    private static let counters = Outcome.allCases.map(StoredOutcome.column)
    private static let select = """
        SELECT id, uuid, aggregate_id, aggregate, state, parallelism, host_timeout_ms, max_attempts, deadline_ms,
            retry_of, requested_by, cancel_requested_at, hosts_total, hosts_done, bytes_done, bytes_total, note,
            created_at, started_at, finished_at, keep_ms, \(counters.joined(separator: ", ")),
            bytes_in_vain, reasons, mesh, crossings, owner, revision, term, policy, priority, predicted_finish_at,
            trace
        FROM job
        """

    static func find(_ database: any StoreConnection, _ id: JobID) throws -> JobRow? {
        try fetch(database, where: "uuid = ?1", [id.text]).first
    }

    /// A job whose row, and so all that is below it, is this transaction's until its end.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - id: The job.
    ///   - owner: Whose it has to be; nil for anybody's.
    /// - Returns: Nil if there is no such job, or if it is another's.
    /// - Throws: What the disk says.
    static func take(_ database: any StoreConnection, _ id: JobID, by owner: Int64?) throws -> JobRow? {
        let owned = owner == nil ? "" : " AND owner = ?2"
        let values: [(any StoreBindable)?] = owner.map { [id.text, $0] } ?? [id.text]
        return try fetch(database, where: "uuid = ?1" + owned + database.dialect.locked, values).first
    }

    static func find(_ database: any StoreConnection, key: Int64) throws -> JobRow? {
        try fetch(database, where: "id = ?1", [key]).first
    }

    /// The number of a job's row, which is this transaction's until its end; nil if there is none or it is another's.
    static func takeKey(_ database: any StoreConnection, _ id: JobID, by owner: Int64) throws -> Int64? {
        let sql = "SELECT id FROM job WHERE uuid = ?1 AND owner = ?2" + database.dialect.locked
        return try database.first(sql, [id.text, owner]) { $0[0] }
    }

    /// The number of a job's row.
    static func key(_ database: any StoreConnection, _ id: JobID) throws -> Int64? {
        try database.first("SELECT id FROM job WHERE uuid = ?1", [id.text]) { $0[0] }
    }

    /// The jobs that a condition on the table `job` selects.
    static func fetch(
        _ database: any StoreConnection,
        where condition: String,
        _ values: [(any StoreBindable)?] = []
    ) throws -> [JobRow] {
        var rows = try database.all(select + " WHERE " + condition, values, read)
        for index in rows.indices {
            rows[index].record.images = try JobImageRows.shown(database, job: rows[index].key)
        }
        return rows
    }

    /// How many results have each reason, of those that aren't good.
    static func reasons(_ text: String) throws -> [Reason: Int] {
        var reasons: [Reason: Int] = [:]
        for (word, count) in try JSONText.decode(counts: text) {
            if let reason = Reason(rawValue: word) { reasons[reason] = count }
        }
        return reasons
    }

    /// All but the images.
    private static func read(_ row: any StoreRow) throws -> JobRow {
        var counts = OutcomeCounts()
        for (place, outcome) in Outcome.allCases.enumerated() { counts[outcome] = row[21 + place] }
        let record = JobRecord(
            id: try Stored.jobID(row[1]),
            aggregate: try Stored.aggregateName(row[3]),
            aggregateID: row[2],
            images: [],
            limits: JobLimits(
                parallelism: try parallelism(row[5]),
                hostTimeout: .milliseconds(row[6] as Int64),
                maxAttempts: row[7],
                deadline: .milliseconds(row[8] as Int64),
                keep: (row[20] as Int64?).map { .milliseconds($0) },
                priority: StoredPriority.priority(row[37])
            ),
            state: try StoredJobState.state(row[4]),
            isCancelRequested: !row.isNull(11),
            hostsTotal: row[12],
            hostsDone: row[13],
            results: counts,
            reasons: try reasons(row[30]),
            bytesDone: row[14],
            bytesInVain: row[29],
            bytesTotal: row[15],
            createdAt: row[17],
            startedAt: row[18],
            finishedAt: row[19],
            retryOf: try (row[9] as String?).map(Stored.jobID),
            requestedBy: row[10],
            policy: (row[36] as String?).flatMap { try? PolicyName($0) },
            predictedFinishAt: row[38],
            note: row[16],
            mesh: try JSONText.decode(mesh: row[31]),
            crossings: try JSONText.decode(crossings: row[32]),
            trace: (row[39] as String?).flatMap(TraceContext.init),
            revision: row[34]
        )
        return JobRow(key: row[0], owner: row[33], term: row[35], record: record)
    }

    private static func parallelism(_ text: String) throws -> Parallelism {
        do { return try Parallelism(text) } catch {
            throw StoreError(.corrupt, message: "a job's row is damaged: \(error)")
        }
    }
}
