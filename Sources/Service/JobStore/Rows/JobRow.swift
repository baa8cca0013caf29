internal import GRDB
internal import Inventory
internal import PrecacheModel

/// A job's row with its images: what a ``JobRecord`` is made of.
struct JobRow: Sendable {
    /// The row's number, which the rows below the job carry.
    let key: Int64
    var record: JobRecord

    private static let select = """
        SELECT id, uuid, aggregate_id, aggregate, state, parallelism, host_timeout_ms, max_attempts, deadline_ms,
            retry_of, requested_by, cancel_requested_at, hosts_total, hosts_done, pending, running, cached, existing,
            error, unsupported, skipped, cancelled, bytes_done, bytes_total, note, created_at, started_at, finished_at,
            keep_ms
        FROM job
        """

    static func find(_ database: Database, _ id: JobID) throws -> JobRow? {
        let statement = try database.cachedStatement(sql: select + " WHERE uuid = ?")
        return try Row.fetchOne(statement, arguments: [id.text]).map { try JobRow($0, in: database) }
    }

    static func find(_ database: Database, key: Int64) throws -> JobRow? {
        let statement = try database.cachedStatement(sql: select + " WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [key]).map { try JobRow($0, in: database) }
    }

    /// The jobs that a condition on the table `job` selects.
    static func fetch(
        _ database: Database,
        where condition: String,
        _ arguments: StatementArguments = StatementArguments()
    ) throws -> [JobRow] {
        let statement = try database.cachedStatement(sql: select + " WHERE " + condition)
        return try Row.fetchAll(statement, arguments: arguments).map { try JobRow($0, in: database) }
    }

    private init(_ row: Row, in database: Database) throws {
        key = row["id"]
        record = JobRecord(
            id: try Stored.jobID(row["uuid"]),
            aggregate: try Stored.aggregateName(row["aggregate"]),
            aggregateID: row["aggregate_id"],
            images: try JobImageRows.shown(database, job: key),
            limits: JobLimits(
                parallelism: try Self.parallelism(row["parallelism"]),
                hostTimeout: .milliseconds(row["host_timeout_ms"] as Int64),
                maxAttempts: row["max_attempts"],
                deadline: .milliseconds(row["deadline_ms"] as Int64),
                keep: (row["keep_ms"] as Int64?).map { .milliseconds($0) }
            ),
            state: try StoredJobState.state(row["state"]),
            isCancelRequested: (row["cancel_requested_at"] as Int64?) != nil,
            hostsTotal: row["hosts_total"],
            hostsDone: row["hosts_done"],
            results: Self.counts(row),
            bytesDone: row["bytes_done"],
            bytesTotal: row["bytes_total"],
            createdAt: Timestamp(microseconds: row["created_at"]),
            startedAt: (row["started_at"] as Int64?).map { Timestamp(microseconds: $0) },
            finishedAt: (row["finished_at"] as Int64?).map { Timestamp(microseconds: $0) },
            retryOf: try (row["retry_of"] as String?).map(Stored.jobID),
            requestedBy: row["requested_by"],
            note: row["note"]
        )
    }

    private static func counts(_ row: Row) -> OutcomeCounts {
        var counts = OutcomeCounts()
        for outcome in Outcome.allCases { counts[outcome] = row[StoredOutcome.column(outcome)] }
        return counts
    }

    private static func parallelism(_ text: String) throws -> Parallelism {
        do { return try Parallelism(text) } catch {
            throw StoreError(.corrupt, message: "a job's row is damaged: \(error)")
        }
    }
}
