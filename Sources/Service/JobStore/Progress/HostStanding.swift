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
            sql:
                "SELECT state, attempt, unfinished, started_at FROM job_host WHERE job_id = ? AND ordinal = ?"
        )
        guard let row = try Row.fetchOne(statement, arguments: [job, host]) else { return nil }
        guard let state = StoredHostState(rawValue: row[0]) else {
            throw StoreError(.corrupt, message: "a job's host has an unknown state")
        }
        return HostStanding(
            ordinal: host,
            state: state,
            attempt: row[1],
            unfinished: row[2],
            startedAt: row[3]
        )
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
