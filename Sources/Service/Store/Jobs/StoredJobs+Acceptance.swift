package import PrecacheModel

extension StoredJobs {
    /// Accepts a job: its row, its images, a row for each host of the aggregate and one for each host and image, its
    /// key and its first event, in one durable transaction.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - claim: The Idempotency-Key, if one came.
    /// - Returns: The job as it is now, and whether it had been accepted before under this key.
    /// - Throws: `notFound` (subject `aggregate`), `idempotencyConflict`, `tooMany`, `tooLarge`, or what the disk says.
    package func createJob(_ job: NewJob, claim: IdempotencyClaim?) async throws(StoreError) -> JobAcceptance
    {
        let now = clock()
        return try await admit(claim, at: now) { admission in try admission.admit(job) }
    }

    /// Accepts a job for what didn't end well in another.
    ///
    /// - Parameters:
    ///   - id: The job that has ended.
    ///   - new: The new job's identifier.
    ///   - requestedBy: Who asks.
    ///   - account: Whose share of open jobs the new one counts in; that of the name if left out.
    ///   - trace: The trace that the request is part of.
    ///   - claim: The Idempotency-Key, if one came.
    /// - Returns: The new job, and whether it had been accepted before under this key.
    /// - Throws: `notFound`, `tooMany` or, while the job hasn't ended, `conflict` (subject `job`).
    package func retryJob(
        _ id: JobID,
        as new: JobID,
        requestedBy: String?,
        account: String? = nil,
        trace: TraceContext? = nil,
        claim: IdempotencyClaim?
    ) async throws(StoreError) -> JobAcceptance {
        let now = clock()
        return try await admit(claim, at: now) { admission in
            guard let old = try JobRow.find(admission.database, id) else {
                throw StoreError.notFound("job", id.text)
            }
            guard old.record.state.isFinal else {
                throw StoreError(
                    .conflict,
                    subject: "job",
                    message: "job '\(id)' has not ended: wait for its end or cancel it, then retry it"
                )
            }
            var job = NewJob(
                id: new,
                aggregate: AggregateKey(id: old.record.aggregateID),
                images: [],
                limits: old.record.limits,
                requestedBy: requestedBy,
                account: account
            )
            job.trace = trace
            return try admission.retry(old, as: job)
        }
    }

    /// Asks for a job's end: what waits is cancelled at once, and the dispatcher ends what is at work.
    ///
    /// The wish is durable when this returns. Of an immense job some still waits then: the dispatcher goes on with it. Asking
    /// twice changes nothing.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - requestedBy: Who asks.
    /// - Returns: The job as it is now.
    /// - Throws: `notFound`, or `conflict` (subject `job`) if the job has ended otherwise.
    package func cancelJob(_ id: JobID, requestedBy: String?) async throws(StoreError) -> JobRecord {
        let now = clock()
        var (record, rest) = try await engine.write(.job) { [self] database, after -> (JobRecord, Int?) in
            guard let row = try JobRow.take(database, id, by: nil) else {
                throw StoreError.notFound("job", id.text)
            }
            if row.record.isCancelRequested { return (row.record, nil) }
            guard !row.record.state.isFinal else {
                throw StoreError(
                    .conflict,
                    subject: "job",
                    message: "job '\(id)' has ended already: it is \(row.record.state.rawValue)"
                )
            }
            try database.run("UPDATE job SET cancel_requested_at = ?1 WHERE id = ?2", [now, row.key])
            var progress = JobProgress(database: database, job: row.key, now: now)
            progress.note(.cancelRequested(by: requestedBy))
            return try cancelWaiting(row, from: 0, &progress, after)
        }
        // The wish is written, whatever becomes of the steps that follow.
        defer { ringForWork() }
        var steps = 1
        while let first = rest, steps < Self.stepsPerCall {
            (record, rest) = try await engine.write(.job) {
                [self, record] database, after -> (JobRecord, Int?) in
                guard let row = try JobRow.take(database, id, by: nil) else { return (record, nil) }
                guard !row.record.state.isFinal else { return (row.record, nil) }
                var progress = JobProgress(database: database, job: row.key, now: now)
                return try cancelWaiting(row, from: first, &progress, after)
            }
            steps += 1
        }
        return record
    }

    /// Cancels some of the hosts that wait, from a place on; returns the job and the place to go on at, if any.
    private func cancelWaiting(
        _ row: JobRow,
        from first: Int,
        _ progress: inout JobProgress,
        _ after: AfterCommit
    ) throws -> (JobRecord, Int?) {
        let hosts = try progress.nextWaiting(from: first, images: row.record.images.count)
        if let hosts {
            // Where somebody may be at work the dispatcher finishes, and tells the agents.
            try progress.endWaiting(
                .cancelled,
                [.init(cause: .init(reason: .cancelled))],
                hosts: hosts,
                sparesLeftAtWork: true
            )
        }
        let changed = try progress.finish() ?? row
        tellEnded(.cancelled, progress, after: after)
        publish(changed, after: after)
        return (changed.record, hosts.flatMap { $0.upperBound < row.record.hostsTotal ? $0.upperBound : nil })
    }

    /// The job that this claim made, if its key was used within its lifetime; nil if it is new, or if the job has been
    /// pruned since.
    ///
    /// Throws `idempotencyConflict` if the key came with another request.
    package func replay(_ claim: IdempotencyClaim) async throws(StoreError) -> JobRecord? {
        let now = clock()
        return try await engine.read { database in
            guard let id = try IdempotencyRows.find(database, claim, now: now) else { return nil }
            return try JobRow.find(database, id)?.record
        }
    }

    private func admit(
        _ claim: IdempotencyClaim?,
        at now: Timestamp,
        _ body: @escaping @Sendable (JobAdmission) throws -> JobRow
    ) async throws(StoreError) -> JobAcceptance {
        let acceptance = try await engine.write(.rare) { [self] database, after in
            if let claim, let former = try IdempotencyRows.find(database, claim, now: now),
                let row = try JobRow.find(database, former)
            {
                return JobAcceptance(job: row.record, isReplay: true)
            }
            let row = try body(
                JobAdmission(database: database, owner: controllers.number, now: now, limits: limits)
            )
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
