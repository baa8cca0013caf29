internal import PrecacheModel

/// Writes a new job: its row, its images, a row for each host, one for each host and image, and its first event.
///
/// The rows are made by the database itself from the inventory (`INSERT … SELECT`): 60,000 of them without a value
/// crossing into Swift.
struct JobAdmission {
    let database: any StoreConnection
    /// The controller that is to work on it.
    let owner: Int64
    let now: Timestamp
    let limits: AdmissionLimits

    /// Accepts a job for the hosts that its aggregate has now.
    func admit(_ job: NewJob) throws -> JobRow {
        guard let aggregate = try AggregateRows.find(database, job.aggregate) else {
            throw StoreError.notFound("aggregate", job.aggregate.text)
        }
        try checkRoom(for: job)
        if let order = job.order { return try admit(job, order, aggregate) }
        try checkSize(hosts: AggregateRows.hosts(database, id: aggregate.id).count, images: job.images.count)
        let key = try insertJob(job, aggregate: (aggregate.id, aggregate.entry.name), retryOf: nil)
        try JobImageRows.insert(database, job: key, images: job.images)
        try database.run(
            """
            INSERT INTO job_host (job_id, ordinal, host_id, name, state, attempt, next_attempt_at, unfinished)
            SELECT ?1, row_number() OVER (ORDER BY h.name) - 1, h.id, h.name, \(Self.waiting), 0, 0, ?2
            FROM aggregate_host m JOIN host h ON h.id = m.host_id WHERE m.aggregate_id = ?3 ORDER BY h.name
            """,
            [key, job.images.count, aggregate.id]
        )
        try database.run(
            """
            INSERT INTO job_result (job_id, host, image, outcome, attempts, bytes_done, bytes_total)
            SELECT h.job_id, h.ordinal, i.ordinal, \(StoredOutcome.unfinished), 0, 0, i.size_bytes
            FROM job_host h \(database.dialect.ordered) job_image i ON i.job_id = h.job_id
            WHERE h.job_id = ?1 ORDER BY h.ordinal, i.ordinal
            """,
            [key]
        )
        return try begin(key, emptyNote: "the aggregate has no hosts: there was nothing to do")
    }

    private static let policyHosts = RowSet(
        into: "job_host",
        ["job_id", "ordinal", "host_id", "name", "state", "attempt", "next_attempt_at", "unfinished"]
    )
    private static let policyResults = RowSet(
        into: "job_result",
        ["job_id", "host", "image", "outcome", "attempts", "bytes_done", "bytes_total"]
    )

    /// Accepts a policy's job for what its hosts lack, no open job brings, and none has brought since it was found out.
    private func admit(_ job: NewJob, _ order: PolicyOrder, _ aggregate: AggregateRows.Bare) throws -> JobRow
    {
        var open: [Int64: Set<ImageID>] = [:]
        // What was written a little before it was looked for may have been durable only afterwards.
        let since = order.knownAt - .seconds(5)
        for pair in try JobPairs.open(database, on: Array(order.lacking.keys), orBroughtSince: since) {
            open[pair.host, default: []].insert(pair.image)
        }
        let members = try database.all(
            """
            SELECT h.id, h.name FROM aggregate_host m JOIN host h ON h.id = m.host_id
            WHERE m.aggregate_id = ?1 ORDER BY h.name
            """,
            [aggregate.id]
        ) { ($0[0] as Int64, $0[1] as String) }
        let wanted = members.compactMap { id, name -> (id: Int64, name: String, images: [Int])? in
            let images = (order.lacking[id] ?? []).filter { open[id]?.contains(job.images[$0].id) != true }
            return images.isEmpty ? nil : (id, name, images)
        }
        guard !wanted.isEmpty else {
            throw StoreError(.conflict, subject: "job", message: "nothing is left to be done for the policy")
        }
        try checkSize(hosts: 1, images: wanted.reduce(0) { $0 + $1.images.count })
        let key = try insertJob(job, aggregate: (aggregate.id, aggregate.entry.name), retryOf: nil)
        try JobImageRows.insert(database, job: key, images: job.images)
        var hosts: [(any StoreBindable)?] = []
        var results: [(any StoreBindable)?] = []
        for (ordinal, host) in wanted.enumerated() {
            hosts += [key, ordinal, host.id, host.name, Self.waiting, 0, 0, host.images.count]
            for image in host.images.sorted() {
                results += [key, ordinal, image, StoredOutcome.unfinished, 0, 0, job.images[image].sizeBytes]
            }
        }
        try Self.policyHosts.write(database, hosts)
        try Self.policyResults.write(database, results)
        return try begin(key, emptyNote: "")
    }

    /// Accepts a job for what didn't end well in another.
    ///
    /// Hosts are looked up anew by name, so one that was deleted and added again is found; one that is gone keeps its
    /// old number, which no host will ever have again.
    func retry(_ old: JobRow, as job: NewJob) throws -> JobRow {
        var job = job
        job.images = try imagesToRetry(old)
        try checkRoom(for: job)
        let aggregate = (old.record.aggregateID, old.record.aggregate)
        let key = try insertJob(job, aggregate: aggregate, retryOf: old.record.id)
        try JobImageRows.insert(database, job: key, images: job.images)
        try database.run(
            """
            INSERT INTO job_host (job_id, ordinal, host_id, name, state, attempt, next_attempt_at, unfinished)
            SELECT ?1, row_number() OVER (ORDER BY o.name) - 1,
                coalesce((SELECT id FROM host WHERE name = o.name), o.host_id), o.name, \(Self.waiting), 0, 0, o.lacking
            FROM (SELECT h.name AS name, h.host_id AS host_id, count(*) AS lacking
                FROM job_host h
                JOIN job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
                    AND r.outcome IN \(StoredOutcome.notGoodList)
                WHERE h.job_id = ?2 GROUP BY h.ordinal, h.name, h.host_id) o ORDER BY o.name
            """,
            [key, old.key]
        )
        // Which host and which image are which is found once, not for each of the results.
        try database.run(
            """
            WITH pair AS MATERIALIZED (
                SELECT o.ordinal AS former, n.ordinal AS ordinal
                FROM job_host n JOIN job_host o ON o.job_id = ?2 AND o.name = n.name WHERE n.job_id = ?1),
            image AS MATERIALIZED (
                SELECT o.ordinal AS former, n.ordinal AS ordinal, n.size_bytes AS size_bytes
                FROM job_image n JOIN job_image o ON o.job_id = ?2 AND o.image_id = n.image_id WHERE n.job_id = ?1)
            INSERT INTO job_result (job_id, host, image, outcome, attempts, bytes_done, bytes_total)
            SELECT ?1, pair.ordinal, image.ordinal, \(StoredOutcome.unfinished), 0, 0, image.size_bytes
            FROM job_result r
            JOIN pair ON pair.former = r.host
            JOIN image ON image.former = r.image
            WHERE r.job_id = ?2 AND r.outcome IN \(StoredOutcome.notGoodList)
            ORDER BY pair.ordinal, image.ordinal
            """,
            [key, old.key]
        )
        try noteStrangers(of: key, aggregate: old.record)
        return try begin(key, emptyNote: "everything had ended well: there was nothing to do again")
    }

    /// Says of a retry which of its hosts the aggregate doesn't have any more: it works on them all the same.
    private func noteStrangers(of job: Int64, aggregate old: JobRecord) throws {
        let names = try database.all(
            """
            SELECT name FROM job_host WHERE job_id = ?1 AND host_id NOT IN
                (SELECT host_id FROM aggregate_host WHERE aggregate_id = ?2) ORDER BY ordinal
            """,
            [job, old.aggregateID]
        ) { $0[0] as String }
        guard !names.isEmpty else { return }
        let shown = names.prefix(3).joined(separator: ", ")
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        let verb = names.count == 1 ? "is" : "are"
        try database.run(
            "UPDATE job SET note = ?1 WHERE id = ?2",
            ["\(shown)\(more) \(verb) no longer in the aggregate '\(old.aggregate)'", job]
        )
    }

    private static let waiting = StoredHostState.waiting.rawValue

    /// Each open job costs memory and a place in every walk of the dispatcher, and nobody may have all of them.
    private func checkRoom(for job: NewJob) throws {
        let caller = job.account ?? job.requestedBy
        // Jobs from before accounts were kept count by the name.
        let sql =
            "SELECT count(*), count(*) FILTER (WHERE coalesce(account, requested_by) = ?1) FROM job "
            + "WHERE \(StoredJobState.open)"
        guard let (open, own) = try database.first(sql, [caller], { ($0[0] as Int, $0[1] as Int) })
        else { return }
        if open >= limits.openJobs {
            throw tooMany("\(open) jobs have not ended, the most that there may be (jobs.max_open)")
        }
        if let caller, own >= limits.openJobsPerCaller {
            throw tooMany(
                "\(own) jobs of '\(job.requestedBy ?? caller)' have not ended, the most of one caller (jobs.max_open_per_caller)"
            )
        }
    }

    private func tooMany(_ what: String) -> StoreError {
        StoreError(.tooMany, subject: "job", message: "\(what): try again when one has")
    }

    /// A job's rows are written in one transaction, and each of them stays until the job is pruned.
    private func checkSize(hosts: Int, images: Int) throws {
        let (results, isImmense) = hosts.multipliedReportingOverflow(by: images)
        guard isImmense || results > limits.results else { return }
        throw StoreError(
            .tooLarge,
            subject: "job",
            message:
                "\(images) images on \(hosts) hosts would be \(results) results, more than a job may have "
                + "(jobs.max_results: \(limits.results)): ask for fewer images at once"
        )
    }

    /// The images of a job that some host lacks, in the job's order, as they are known now.
    ///
    /// What the job knew of them gives no right to them: the catalogue's entry may have been mended or withdrawn since. What
    /// the catalogue doesn't have is looked up again, as in a job that was accepted without.
    private func imagesToRetry(_ old: JobRow) throws -> [ImageReference] {
        let sql = """
            SELECT DISTINCT image FROM job_result WHERE job_id = ?1 AND outcome IN \(StoredOutcome.notGoodList)
            """
        let wanted = Set(try database.all(sql, [old.key]) { $0[0] as Int })
        return try JobImageRows.references(database, job: old.key).enumerated()
            .filter { wanted.contains($0.offset) }
            .map { _, image in
                if let known = try ImageRows.find(database, image.id) { return known.reference }
                // The catalogue's leave to go without a digest went with its entry; a job's own stays.
                let allowsUnverified = image.allowsUnverified && image.origin != .catalogue
                return .unresolved(image.id, allowsUnverified: allowsUnverified)
            }
    }

    private func insertJob(
        _ job: NewJob,
        aggregate: (id: Int64, name: AggregateName),
        retryOf: JobID?
    ) throws -> Int64 {
        let limits = job.limits
        let key: Int64? = try database.first(
            """
            INSERT INTO job (uuid, aggregate_id, aggregate, state, parallelism, host_timeout_ms, max_attempts,
                deadline_ms, deadline_at, retry_of, requested_by, hosts_total, hosts_done, pending, running, cached,
                existing, error, unsupported, skipped, cancelled, bytes_done, bytes_total, created_at, keep_ms, account, owner,
                policy, priority, predicted_finish_at, trace)
            VALUES (?1, ?2, ?3, \(StoredJobState.number(.queued)), ?4, ?5, ?6, ?7, ?8, ?9, ?10,
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) RETURNING id
            """,
            [
                job.id.text, aggregate.id, aggregate.name.text, limits.parallelism.description,
                Stored.milliseconds(limits.hostTimeout), limits.maxAttempts,
                Stored.milliseconds(limits.deadline), now + limits.deadline, retryOf?.text, job.requestedBy,
                now, limits.keep.map(Stored.milliseconds), job.account, owner, job.order?.policy.text,
                StoredPriority.number(limits.priority), job.predictedTime.map { now + $0 }, job.trace?.text,
            ]
        ) { $0[0] }
        return key ?? 0
    }

    /// Counts what was written, and ends at once a job that has nothing to do.
    private func begin(_ key: Int64, emptyNote: String) throws -> JobRow {
        // A sum of whole numbers could overflow: some immense images on a thousand hosts are enough.
        try database.run(
            """
            UPDATE job SET
                hosts_total = (SELECT count(*) FROM job_host WHERE job_id = ?1),
                (pending, bytes_total) =
                    (SELECT count(*), CAST(\(database.dialect.least)(
                        coalesce(sum(CAST(bytes_total AS DOUBLE PRECISION)), 0), \(ByteProgress.limit)) AS BIGINT)
                     FROM job_result WHERE job_id = ?1)
            WHERE id = ?1
            """,
            [key]
        )
        var events: [EventRows.New] = [.state(.queued)]
        guard var row = try JobRow.find(database, key: key) else {
            throw StoreError(.failed, message: "a job's row vanished while it was written")
        }
        if row.record.results.total == 0 {
            try database.run(
                "UPDATE job SET state = ?1, note = ?2, finished_at = ?3 WHERE id = ?4",
                [StoredJobState.number(.succeeded), emptyNote, now, key]
            )
            events.append(.state(.succeeded))
            row.record.state = .succeeded
            row.record.note = emptyNote
            row.record.finishedAt = now
        }
        try EventRows.append(database, job: key, events, at: now)
        return row
    }
}
