internal import PrecacheModel

/// SQL about what is still to be delivered.
///
/// A job's place in the queue of a webhook follows from its events and the webhook's cursor in it: nothing is written
/// when an event happens.
enum DeliveryRows {
    /// How far webhook `w` is in job `j`.
    private static func reached(_ dialect: Dialect) -> String {
        """
        \(dialect.greatest)(w.start_after, coalesce(
            (SELECT c.event_id FROM webhook_cursor c WHERE c.job_id = j.id AND c.webhook_id = w.id), 0))
        """
    }

    /// Whether webhook `w` wants to hear of job `j`.
    private static func isWanted(_ dialect: Dialect) -> String {
        "w.enabled = 1 AND (w.aggregates = '[]' OR j.aggregate IN \(dialect.words("w.aggregates")))"
    }

    /// Whether webhook `w` has not got to the end of job `j`.
    static func isOpen(_ dialect: Dialect) -> String {
        """
        \(isWanted(dialect))
            AND (SELECT max(e.id) FROM job_event e WHERE e.job_id = j.id) > \(reached(dialect))
        """
    }

    /// The jobs in which a webhook has not got to the end, oldest first.
    static func openJobs(_ database: any StoreConnection, webhook: Int64) throws -> [JobID] {
        let sql = """
            SELECT j.uuid FROM job j, webhook w WHERE w.id = ?1 AND \(isOpen(database.dialect)) ORDER BY j.id
            """
        return try database.all(sql, [webhook]) { try Stored.jobID($0[0]) }
    }

    /// How far a webhook is in a job.
    static func cursor(_ database: any StoreConnection, webhook: Int64, job: Int64) throws -> Int64? {
        let sql = """
            SELECT \(reached(database.dialect)) FROM job j, webhook w WHERE w.id = ?1 AND w.enabled = 1 AND j.id = ?2
            """
        return try database.first(sql, [webhook, job]) { $0[0] }
    }

    /// Events that are counted at most: an endpoint that is away for a day may leave millions.
    private static let mostCounted = 100_000

    /// How many events a webhook waits for (``mostCounted`` means that many or more), and when the oldest of them happened.
    static func waiting(
        _ database: any StoreConnection,
        webhook: Int64,
        events: [EventType]
    ) throws -> (count: Int, oldest: Timestamp?) {
        let dialect = database.dialect
        let kinds = events.isEmpty ? "" : "AND (\(events.map(EventRows.condition).joined(separator: " OR ")))"
        let sql = """
            SELECT count(*), min(n.at) FROM (
                SELECT e.at AS at FROM webhook w, job j, job_event e
                WHERE e.job_id = j.id AND w.id = ?1 AND \(isWanted(dialect)) AND e.id > \(reached(dialect)) \(kinds)
                LIMIT \(mostCounted)) n
            """
        return try database.first(sql, [webhook]) { ($0[0], $0[1]) } ?? (0, nil)
    }

    /// Moves cursors on, never back; those of webhooks and jobs that are gone are passed over.
    static func move(_ database: any StoreConnection, webhook: Int64, _ cursors: [JobID: Int64]) throws {
        let sql = """
            INSERT INTO webhook_cursor (job_id, webhook_id, event_id)
            SELECT j.id, w.id, ?1 FROM job j, webhook w WHERE j.uuid = ?2 AND w.id = ?3 AND w.enabled = 1
            ON CONFLICT (job_id, webhook_id) DO UPDATE SET
                event_id = \(database.dialect.greatest)(webhook_cursor.event_id, excluded.event_id)
            """
        for (job, event) in cursors { try database.run(sql, [event, job.text, webhook]) }
    }

    /// The hosts of a job, in the order of their names.
    static func hosts(_ database: any StoreConnection, job: Int64) throws -> [HostName] {
        try database.all("SELECT name FROM job_host WHERE job_id = ?1 ORDER BY name", [job]) {
            try Stored.hostName($0[0])
        }
    }

    /// How many images each host of a job has.
    static func imagesPerHost(_ database: any StoreConnection, job: Int64) throws -> [HostName: Int] {
        let sql = """
            SELECT h.name, count(*) FROM job_host h JOIN job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
            WHERE h.job_id = ?1 GROUP BY h.ordinal, h.name
            """
        var counts: [HostName: Int] = [:]
        try database.rows(sql, [job]) { counts[try Stored.hostName($0[0])] = $0[1] }
        return counts
    }
}
