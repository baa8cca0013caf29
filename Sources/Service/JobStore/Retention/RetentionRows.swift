internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about what goes.
///
/// A job vanishes at once, with its row; what is below it goes in batches, so that no one write is long. `pruned_job`
/// remembers which are still to be emptied, across a crash too.
enum RetentionRows {
    /// Takes away the rows of jobs that the policy no longer keeps, so many at a time.
    static func unlink(
        _ database: Database,
        policy: RetentionPolicy,
        now: Timestamp,
        limit: Int
    ) throws -> [JobID] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id, uuid FROM job j WHERE finished_at IS NOT NULL AND (finished_at < ?1 OR id IN
                        (SELECT id FROM job WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC
                         LIMIT -1 OFFSET ?2))
                        AND (finished_at < ?4 OR NOT EXISTS (SELECT 1 FROM webhook w WHERE \(DeliveryRows.isOpen)))
                    ORDER BY finished_at LIMIT ?3
                    """
            ),
            arguments: [
                (now - policy.maximumAge).microseconds, policy.maximumCount, limit,
                (now - policy.deliveryTime).microseconds,
            ]
        )
        for row in rows {
            let key: Int64 = row[0]
            try database.cachedStatement(sql: "INSERT OR IGNORE INTO pruned_job (id) VALUES (?)")
                .execute(arguments: [key])
            try database.cachedStatement(sql: "DELETE FROM webhook_cursor WHERE job_id = ?")
                .execute(arguments: [key])
            try database.cachedStatement(sql: "DELETE FROM job WHERE id = ?").execute(arguments: [key])
        }
        return try rows.map { try Stored.jobID($0[1]) }
    }

    /// Deletes about so many rows of jobs that have been taken away.
    ///
    /// Events, results and hosts go from their beginnings, along their primary keys.
    /// Returns whether there may be more.
    static func empty(_ database: Database, limit: Int) throws -> Bool {
        guard let job = try Int64.fetchOne(database, sql: "SELECT id FROM pruned_job LIMIT 1") else {
            return false
        }
        for (table, column) in [("job_event", "id"), ("job_result", "host"), ("job_host", "ordinal")] {
            let last = try Int64.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT max(place) FROM
                            (SELECT \(column) AS place FROM \(table) WHERE job_id = ? ORDER BY \(column) LIMIT ?)
                        """
                ),
                arguments: [job, limit]
            )
            guard let last else { continue }
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE job_id = ? AND \(column) <= ?")
                .execute(arguments: [job, last])
            return true
        }
        try database.cachedStatement(sql: "DELETE FROM job_image WHERE job_id = ?").execute(arguments: [job])
        try database.cachedStatement(sql: "DELETE FROM pruned_job WHERE id = ?").execute(arguments: [job])
        return true
    }
}
