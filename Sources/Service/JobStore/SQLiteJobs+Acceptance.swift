internal import GRDB
internal import Inventory
public import PrecacheModel

extension SQLiteJobs {
    /// Accepts a job: its row, its images, a row for each host of the aggregate and one for each host and image, its
    /// key and its first event, in one durable transaction.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - claim: The Idempotency-Key, if one came.
    /// - Returns: The job as it is now, and whether it had been accepted before under this key.
    /// - Throws: `StoreError` with code `notFound` (subject `aggregate`), `idempotencyConflict`, or what the disk says.
    public func accept(_ job: NewJob, idempotency claim: IdempotencyClaim?) async throws -> JobAcceptance {
        let now = clock()
        return try await admit(claim, at: now) { database in
            try JobAdmission(database: database, now: now).admit(job)
        }
    }

    /// Accepts a job for what didn't end well in another.
    ///
    /// - Parameters:
    ///   - id: The job that has ended.
    ///   - newID: The new job's identifier.
    ///   - requestedBy: Who asks.
    ///   - claim: The Idempotency-Key, if one came.
    /// - Returns: The new job, and whether it had been accepted before under this key.
    /// - Throws: `StoreError` with code `notFound` or, while the job hasn't ended, `conflict` (subject `job`).
    public func retry(
        _ id: JobID,
        as newID: JobID,
        requestedBy: String?,
        idempotency claim: IdempotencyClaim?
    ) async throws -> JobAcceptance {
        let now = clock()
        return try await admit(claim, at: now) { database in
            guard let old = try JobRow.find(database, id) else { throw StoreError.notFound("job", id.text) }
            guard old.record.state.isFinal else {
                throw StoreError(
                    .conflict,
                    subject: "job",
                    message: "job '\(id)' has not ended: wait for its end or cancel it, then retry it"
                )
            }
            let admission = JobAdmission(database: database, now: now)
            let job = NewJob(
                id: newID,
                aggregateID: old.record.aggregateID,
                images: try admission.imagesToRetry(old),
                limits: old.record.limits,
                requestedBy: requestedBy
            )
            return try admission.retry(old, as: job)
        }
    }

    /// Asks for a job's end.
    ///
    /// Waiting hosts and those at work are ended by the dispatcher; the wish itself is durable when this returns. Asking
    /// twice changes nothing.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - requestedBy: Who asks.
    /// - Returns: The job as it is now.
    /// - Throws: `StoreError` with code `notFound`, or `conflict` (subject `job`) if the job has ended otherwise.
    public func cancel(_ id: JobID, requestedBy: String?) async throws -> JobRecord {
        let now = clock()
        let record = try await database.write { [self] database, after in
            guard var row = try JobRow.find(database, id) else { throw StoreError.notFound("job", id.text) }
            if row.record.isCancelRequested { return row.record }
            guard !row.record.state.isFinal else {
                throw StoreError(
                    .conflict,
                    subject: "job",
                    message: "job '\(id)' has ended already: it is \(row.record.state.rawValue)"
                )
            }
            try database.cachedStatement(sql: "UPDATE job SET cancel_requested_at = ? WHERE id = ?")
                .execute(arguments: [now.microseconds, row.key])
            try EventRows.append(database, job: row.key, [.cancelRequested(by: requestedBy)], at: now)
            row.record.isCancelRequested = true
            publish(row, after: after)
            return row.record
        }
        ringForWork()
        return record
    }

    private func admit(
        _ claim: IdempotencyClaim?,
        at now: Timestamp,
        _ body: @escaping @Sendable (Database) throws -> JobRow
    ) async throws -> JobAcceptance {
        let acceptance = try await database.write { [self] database, after in
            if let claim, let former = try IdempotencyRows.find(database, claim, now: now),
                let row = try JobRow.find(database, former)
            {
                return JobAcceptance(job: row.record, isReplay: true)
            }
            let row = try body(database)
            if let claim {
                try IdempotencyRows.insert(database, claim, job: row.record.id, now: now)
            }
            publish(row, after: after)
            return JobAcceptance(job: row.record, isReplay: false)
        }
        if !acceptance.isReplay { ringForWork() }
        return acceptance
    }
}
