internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about what is still to be delivered.
///
/// A job's place in the queue of a webhook follows from its events and the webhook's cursor in it: nothing is written
/// when an event happens.
enum DeliveryRows {
    /// How far webhook `w` is in job `j`.
    private static let reached = """
        max(w.start_after, coalesce(
            (SELECT c.event_id FROM webhook_cursor c WHERE c.job_id = j.id AND c.webhook_id = w.id), 0))
        """

    /// Whether webhook `w` wants to hear of job `j`.
    private static let isWanted = """
        w.enabled AND (w.aggregates = '[]' OR j.aggregate IN (SELECT value FROM json_each(w.aggregates)))
        """

    /// Whether webhook `w` has not got to the end of job `j`.
    static let isOpen = """
        \(isWanted) AND (SELECT max(e.id) FROM job_event e WHERE e.job_id = j.id) > \(reached)
        """

    /// The jobs in which a webhook has not got to the end, oldest first.
    static func openJobs(_ database: Database, webhook: Int64) throws -> [JobID] {
        let statement = try database.cachedStatement(
            sql: "SELECT j.uuid FROM job j, webhook w WHERE w.id = ? AND \(isOpen) ORDER BY j.id"
        )
        return try String.fetchAll(statement, arguments: [webhook]).map(Stored.jobID)
    }

    /// How far a webhook is in a job.
    static func cursor(_ database: Database, webhook: Int64, job: Int64) throws -> Int64? {
        let statement = try database.cachedStatement(
            sql: "SELECT \(reached) FROM job j, webhook w WHERE w.id = ? AND w.enabled AND j.id = ?"
        )
        return try Int64.fetchOne(statement, arguments: [webhook, job])
    }

    /// Events that are counted at most: an endpoint that is away for a day may leave millions.
    private static let mostCounted = 100_000

    /// How many events a webhook waits for (``mostCounted`` means that many or more), and when the oldest of them happened.
    static func waiting(
        _ database: Database,
        webhook: Int64,
        events: [EventType]
    ) throws -> (count: Int, oldest: Timestamp?) {
        let kinds = events.isEmpty ? "" : "AND (\(events.map(EventRows.condition).joined(separator: " OR ")))"
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT count(*), min(at) FROM (
                    SELECT e.at FROM webhook w JOIN job j JOIN job_event e ON e.job_id = j.id
                    WHERE w.id = ? AND \(isWanted) AND e.id > \(reached) \(kinds) LIMIT \(mostCounted))
                """,
            arguments: [webhook]
        )
        guard let row else { return (0, nil) }
        return (row[0], (row[1] as Int64?).map { Timestamp(microseconds: $0) })
    }

    /// Moves cursors on, never back; those of webhooks and jobs that are gone are passed over.
    static func move(_ database: Database, webhook: Int64, _ cursors: [JobID: Int64]) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO webhook_cursor (job_id, webhook_id, event_id)
                SELECT j.id, w.id, ?1 FROM job j, webhook w WHERE j.uuid = ?2 AND w.id = ?3 AND w.enabled
                ON CONFLICT (job_id, webhook_id) DO UPDATE SET event_id = max(event_id, excluded.event_id)
                """
        )
        for (job, event) in cursors { try statement.execute(arguments: [event, job.text, webhook]) }
    }

    /// The hosts of a job, in the order of their names.
    static func hosts(_ database: Database, job: Int64) throws -> [HostName] {
        let statement = try database.cachedStatement(
            sql: "SELECT name FROM job_host WHERE job_id = ? ORDER BY name"
        )
        return try String.fetchAll(statement, arguments: [job]).map(Stored.hostName)
    }

    /// How many images each host of a job has.
    static func imagesPerHost(_ database: Database, job: Int64) throws -> [HostName: Int] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT h.name, count(*) FROM job_host h JOIN job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
                WHERE h.job_id = ? GROUP BY h.ordinal
                """
        )
        var counts: [HostName: Int] = [:]
        for row in try Row.fetchAll(statement, arguments: [job]) {
            counts[try Stored.hostName(row[0])] = row[1]
        }
        return counts
    }
}
