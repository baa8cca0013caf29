internal import GRDB
internal import Inventory
internal import PrecacheModel

/// Writes a new job: its row, its images, a row for each host, one for each host and image, and its first event.
///
/// The rows are made by SQLite itself from the inventory (`INSERT … SELECT`): 60,000 of them without a value crossing
/// into Swift.
struct JobAdmission {
    let database: Database
    let now: Timestamp

    /// Accepts a job for the hosts that its aggregate has now.
    func admit(_ job: NewJob) throws -> JobRow {
        let name = try String.fetchOne(
            database.cachedStatement(sql: "SELECT name FROM aggregate WHERE id = ?"),
            arguments: [job.aggregateID]
        )
        guard let name else { throw StoreError.notFound("aggregate", String(job.aggregateID)) }
        let key = try insertJob(job, aggregate: name, retryOf: nil)
        try JobImageRows.insert(database, job: key, images: job.images)
        try database.cachedStatement(
            sql: """
                INSERT INTO job_host (job_id, ordinal, host_id, name, state, attempt, next_attempt_at, unfinished)
                SELECT ?, row_number() OVER (ORDER BY h.name) - 1, h.id, h.name, 0, 0, 0, ?
                FROM aggregate_host m JOIN host h ON h.id = m.host_id WHERE m.aggregate_id = ? ORDER BY h.name
                """
        ).execute(arguments: [key, job.images.count, job.aggregateID])
        try database.cachedStatement(
            sql: """
                INSERT INTO job_result (job_id, host, image, outcome, attempts, bytes_done, bytes_total)
                SELECT h.job_id, h.ordinal, i.ordinal, 0, 0, 0, i.size_bytes
                FROM job_host h CROSS JOIN job_image i ON i.job_id = h.job_id
                WHERE h.job_id = ? ORDER BY h.ordinal, i.ordinal
                """
        ).execute(arguments: [key])
        return try begin(key, emptyNote: "the aggregate has no hosts: there was nothing to do")
    }

    /// Accepts a job for what didn't end well in another.
    ///
    /// Hosts are looked up anew by name, so one that was deleted and added again is found; one that is gone keeps its
    /// old number, which no host will ever have again.
    func retry(_ old: JobRow, as job: NewJob) throws -> JobRow {
        let key = try insertJob(job, aggregate: old.record.aggregate.text, retryOf: old.record.id)
        try JobImageRows.insert(database, job: key, images: job.images)
        try database.cachedStatement(
            sql: """
                INSERT INTO job_host (job_id, ordinal, host_id, name, state, attempt, next_attempt_at, unfinished)
                SELECT ?1, row_number() OVER (ORDER BY h.name) - 1,
                    coalesce((SELECT id FROM host WHERE name = h.name), h.host_id), h.name, 0, 0, 0,
                    count(*)
                FROM job_host h
                JOIN job_result r ON r.job_id = h.job_id AND r.host = h.ordinal AND r.outcome IN (4, 6, 7)
                WHERE h.job_id = ?2 GROUP BY h.ordinal ORDER BY h.name
                """
        ).execute(arguments: [key, old.key])
        try database.cachedStatement(
            sql: """
                INSERT INTO job_result (job_id, host, image, outcome, attempts, bytes_done, bytes_total)
                SELECT n.job_id, n.ordinal, i.ordinal, 0, 0, 0, i.size_bytes
                FROM job_host n
                JOIN job_host o ON o.job_id = ?2 AND o.name = n.name
                JOIN job_result r ON r.job_id = o.job_id AND r.host = o.ordinal AND r.outcome IN (4, 6, 7)
                JOIN job_image oi ON oi.job_id = o.job_id AND oi.ordinal = r.image
                JOIN job_image i ON i.job_id = n.job_id AND i.image_id = oi.image_id
                WHERE n.job_id = ?1 ORDER BY n.ordinal, i.ordinal
                """
        ).execute(arguments: [key, old.key])
        return try begin(key, emptyNote: "everything had ended well: there was nothing to do again")
    }

    /// The images of a job that some host lacks, in the job's order; those that couldn't be had are to be looked up again.
    func imagesToRetry(_ old: JobRow) throws -> [ImageReference] {
        let statement = try database.cachedStatement(
            sql: "SELECT DISTINCT image FROM job_result WHERE job_id = ? AND outcome IN (4, 6, 7)"
        )
        let wanted = Set(try Int.fetchAll(statement, arguments: [old.key]))
        return try JobImageRows.references(database, job: old.key).enumerated()
            .filter { wanted.contains($0.offset) }
            .map { $0.element.origin == .absent ? .unresolved($0.element.id) : $0.element }
    }

    private func insertJob(_ job: NewJob, aggregate: String, retryOf: JobID?) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO job (uuid, aggregate_id, aggregate, state, parallelism, host_timeout_ms, max_attempts,
                    deadline_ms, deadline_at, retry_of, requested_by, hosts_total, hosts_done, pending, running, cached,
                    existing, error, unsupported, skipped, cancelled, bytes_done, bytes_total, created_at, keep_ms)
                VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?, ?)
                """
        )
        let limits = job.limits
        try statement.execute(arguments: [
            job.id.text, job.aggregateID, aggregate, limits.parallelism.description,
            Milliseconds.of(limits.hostTimeout), limits.maxAttempts, Milliseconds.of(limits.deadline),
            (now + limits.deadline).microseconds, retryOf?.text, job.requestedBy, now.microseconds,
            limits.keep.map(Milliseconds.of),
        ])
        return database.lastInsertedRowID
    }

    /// Counts what was written, and ends at once a job that has nothing to do.
    private func begin(_ key: Int64, emptyNote: String) throws -> JobRow {
        try database.cachedStatement(
            sql: """
                UPDATE job SET
                    hosts_total = (SELECT count(*) FROM job_host WHERE job_id = ?1),
                    (pending, bytes_total) =
                        (SELECT count(*), CAST(min(total(bytes_total), \(ByteProgress.limit)) AS INTEGER)
                         FROM job_result WHERE job_id = ?1)
                WHERE id = ?1
                """
        ).execute(arguments: [key])
        var events: [EventRows.New] = [.state(.queued)]
        guard var row = try JobRow.find(database, key: key) else {
            throw StoreError(.failed, message: "a job's row vanished while it was written")
        }
        if row.record.results.total == 0 {
            try database.cachedStatement(
                sql: "UPDATE job SET state = ?, note = ?, finished_at = ? WHERE id = ?"
            ).execute(arguments: [StoredJobState.number(.succeeded), emptyNote, now.microseconds, key])
            events.append(.state(.succeeded))
            row.record.state = .succeeded
            row.record.note = emptyNote
            row.record.finishedAt = now
        }
        try EventRows.append(database, job: key, events, at: now)
        return row
    }
}
