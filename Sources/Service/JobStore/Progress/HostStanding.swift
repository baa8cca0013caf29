internal import GRDB
internal import PrecacheModel

/// Where one host of a job stands.
struct HostStanding {
    let ordinal: Int
    var state: StoredHostState
    var attempt: Int
    var unfinished: Int
    var startedAt: Int64?

    static func find(_ database: Database, job: Int64, host: Int) throws -> HostStanding? {
        let statement = try database.cachedStatement(
            sql: "SELECT \(columns) FROM job_host j WHERE j.job_id = ? AND j.ordinal = ?"
        )
        return try Row.fetchOne(statement, arguments: [job, host]).map(HostStanding.init)
    }

    /// What ``init(_:)`` reads, of `job_host j`.
    static let columns = "j.ordinal, j.state, j.attempt, j.unfinished, j.started_at"

    /// Reads a row that begins with ``columns``.
    init(_ row: Row) throws {
        guard let state = StoredHostState(rawValue: row[1]) else {
            throw StoreError(.corrupt, message: "a job's host has an unknown state")
        }
        ordinal = row[0]
        self.state = state
        attempt = row[2]
        unfinished = row[3]
        startedAt = row[4]
    }

    /// Writes the standing back; a waiting host isn't claimed before `nextAttempt`, in microseconds since 1970.
    func store(_ database: Database, job: Int64, nextAttempt: Int64 = 0) throws {
        let statement = try database.cachedStatement(
            sql: """
                UPDATE job_host SET state = ?, attempt = ?, unfinished = ?, started_at = ?, next_attempt_at = ?
                WHERE job_id = ? AND ordinal = ?
                """
        )
        try statement.execute(arguments: [
            state.rawValue, attempt, unfinished, startedAt, nextAttempt, job, ordinal,
        ])
    }
}
