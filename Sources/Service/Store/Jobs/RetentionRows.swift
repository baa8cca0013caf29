internal import PrecacheModel

/// SQL about what goes.
///
/// A job vanishes at once, with its row; what is below it goes in batches, so that no one write is long. `pruned_job`
/// remembers which are still to be emptied, across a crash too.
enum RetentionRows {
    /// Jobs that the policy no longer keeps, so many of them.
    static func old(
        _ database: any StoreConnection,
        policy: RetentionPolicy,
        now: Timestamp,
        limit: Int
    ) throws -> [(key: Int64, id: JobID)] {
        let sql = """
            SELECT id, uuid FROM job j WHERE finished_at IS NOT NULL AND (finished_at < ?1 OR id IN
                (SELECT id FROM job WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC
                 LIMIT \(Int64.max) OFFSET ?2))
                AND (finished_at < ?4 OR NOT EXISTS
                    (SELECT 1 FROM webhook w WHERE \(DeliveryRows.isOpen(database.dialect))))
            ORDER BY finished_at LIMIT ?3
            """
        return try database.all(
            sql,
            [now - policy.maximumAge, policy.maximumCount, limit, now - policy.deliveryTime]
        ) { (key: $0[0] as Int64, id: try Stored.jobID($0[1])) }
    }

    /// Takes away the rows of jobs that the policy no longer keeps, so many at a time.
    static func unlink(
        _ database: any StoreConnection,
        policy: RetentionPolicy,
        now: Timestamp,
        limit: Int
    ) throws -> [JobID] {
        let gone = try old(database, policy: policy, now: now, limit: limit)
        guard !gone.isEmpty else { return [] }
        let (those, list) = (database.dialect.among("?1"), NumberList.text(gone.map(\.key)))
        try database.run(
            "INSERT INTO pruned_job (id) SELECT id FROM job WHERE id \(those) ON CONFLICT (id) DO NOTHING",
            [list]
        )
        try database.run("DELETE FROM webhook_cursor WHERE job_id \(those)", [list])
        try database.run("DELETE FROM job WHERE id \(those)", [list])
        return gone.map(\.id)
    }

    /// Deletes about so many rows of jobs that have been taken away.
    ///
    /// Events, results and hosts go from their beginnings, along their primary keys.
    /// Returns whether there may be more.
    static func empty(_ database: any StoreConnection, limit: Int) throws -> Bool {
        let next: Int64? = try database.first("SELECT id FROM pruned_job ORDER BY id LIMIT 1") { $0[0] }
        guard let job = next else { return false }
        for (table, column) in [("job_event", "id"), ("job_result", "host"), ("job_host", "ordinal")] {
            let sql = """
                SELECT max(b.place) FROM
                    (SELECT \(column) AS place FROM \(table) WHERE job_id = ?1 ORDER BY \(column) LIMIT ?2) b
                """
            let last = try database.first(sql, [job, limit]) { $0[0] as Int64? } ?? nil
            guard let last else { continue }
            try database.run("DELETE FROM \(table) WHERE job_id = ?1 AND \(column) <= ?2", [job, last])
            return true
        }
        try database.run("DELETE FROM job_image WHERE job_id = ?1", [job])
        try database.run("DELETE FROM pruned_job WHERE id = ?1", [job])
        return true
    }
}
