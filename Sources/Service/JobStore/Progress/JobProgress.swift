internal import GRDB
internal import Inventory
internal import PrecacheModel

/// Moves the hosts of one job on, inside one transaction: rows, counters, events and the job's state together.
///
/// Gather changes with the mutating functions, then ``finish()`` writes the counters once.
struct JobProgress {
    let database: Database
    let job: Int64
    let now: Timestamp
    private var delta = JobDelta()
    private var isTouched = false

    init(database: Database, job: Int64, now: Timestamp) {
        self.database = database
        self.job = job
        self.now = now
    }

    /// Begins an attempt on a waiting host; false if it doesn't wait any more.
    mutating func begin(_ standing: inout HostStanding) throws -> Bool {
        guard standing.state == .waiting else { return false }
        standing.state = .claimed
        standing.attempt += 1
        standing.startedAt = standing.startedAt ?? now.microseconds
        try standing.store(database, job: job)
        delta.move(standing.unfinished, from: .pending, to: .running)
        isTouched = true
        return true
    }

    /// Writes outcomes of images that have none yet; those that have one are passed over.
    ///
    /// - Returns: How many were written.
    @discardableResult
    mutating func end(_ results: [ImageReport], on standing: inout HostStanding) throws -> Int {
        guard standing.state != .done else { return 0 }
        let former: Outcome = standing.state == .claimed ? .running : .pending
        var count = 0
        for result in results where result.outcome.isFinal {
            guard try write(result, host: standing) else { continue }
            count += 1
            delta.move(1, from: former, to: result.outcome)
            delta.events.append(
                .outcome(
                    host: standing.ordinal,
                    image: result.image,
                    outcome: result.outcome,
                    attempt: standing.attempt
                )
            )
        }
        guard count > 0 else { return 0 }
        isTouched = true
        standing.unfinished -= count
        if standing.unfinished == 0 {
            standing.state = .done
            delta.hostsDone += 1
        }
        try standing.store(database, job: job)
        return count
    }

    /// Gives every image that is left the same outcome; returns how many.
    @discardableResult
    mutating func endRest(_ result: ImageOutcome, on standing: inout HostStanding) throws -> Int {
        let reports = try unfinishedImages(of: standing.ordinal).map { ImageReport(image: $0, result) }
        return try end(reports, on: &standing)
    }

    /// Gives images that have no outcome yet this one on every waiting host.
    ///
    /// - Parameters:
    ///   - outcome: The outcome.
    ///   - endings: Which images end, and why.
    ///   - sparesLeftAtWork: Whether hosts are passed over on which somebody may be at work (``LeftAtWork``).
    /// - Returns: How many results were written.
    /// - Throws: What the disk says.
    @discardableResult
    mutating func endWaiting(
        _ outcome: Outcome,
        _ endings: [WaitingEnd.Ending],
        sparesLeftAtWork: Bool = false
    ) throws -> Int {
        // What happened before is told before.
        try EventRows.append(database, job: job, delta.events, at: now)
        delta.events = []
        let end = WaitingEnd(database: database, job: job, now: now, sparesLeftAtWork: sparesLeftAtWork)
        let count = try end.end(outcome, endings)
        delta.move(count.results, from: .pending, to: outcome)
        delta.hostsDone += count.hosts
        if count.results > 0 { isTouched = true }
        return count.results
    }

    /// Notes the size of an image that was unknown until now, on every host that has no outcome for it.
    mutating func expect(_ bytes: Int64, of image: Int) throws {
        try database.cachedStatement(
            sql: "UPDATE job_result SET bytes_total = ? WHERE job_id = ? AND image = ? AND outcome = 0"
        ).execute(arguments: [ByteProgress.bounded(bytes), job, image])
        let (sum, overflow) = bytes.multipliedReportingOverflow(by: Int64(database.changesCount))
        delta.bytesTotal = ByteProgress.boundedSum(delta.bytesTotal, overflow ? ByteProgress.limit : sum)
        isTouched = true
    }

    /// Notes why an attempt failed beside an image that another attempt will follow for.
    func explain(image: Int, reason: Reason?, detail: String?, on standing: HostStanding) throws {
        try database.cachedStatement(
            sql: """
                UPDATE job_result SET reason = ?, detail = ? WHERE job_id = ? AND host = ? AND image = ?
                    AND outcome = 0
                """
        ).execute(arguments: [reason?.rawValue, detail, job, standing.ordinal, image])
    }

    /// Ends an attempt: the host waits for another, due at `due` in microseconds since 1970.
    mutating func postpone(_ standing: inout HostStanding, due: Int64, event: EventRows.New) throws {
        guard standing.state == .claimed else { return }
        standing.state = .waiting
        try standing.store(database, job: job, nextAttempt: due)
        delta.move(standing.unfinished, from: .running, to: .pending)
        note(event)
    }

    /// Takes a claim back as if it had never been: the next one has the same attempt number.
    mutating func release(_ standing: inout HostStanding) throws {
        guard standing.state == .claimed else { return }
        standing.state = .waiting
        standing.attempt -= 1
        try standing.store(database, job: job)
        delta.move(standing.unfinished, from: .running, to: .pending)
        isTouched = true
    }

    /// The images of a host that have no outcome yet, by their places.
    func unfinishedImages(of host: Int) throws -> [Int] {
        let statement = try database.cachedStatement(
            sql: "SELECT image FROM job_result WHERE job_id = ? AND host = ? AND outcome = 0 ORDER BY image"
        )
        return try Int.fetchAll(statement, arguments: [job, host])
    }

    /// Adds an event that changes no counter.
    mutating func note(_ event: EventRows.New) {
        delta.events.append(event)
        isTouched = true
    }

    /// Writes counters, state and events.
    ///
    /// - Returns: The job as it is now, or nil if nothing was changed or the job is gone.
    func finish() throws -> JobRow? {
        guard isTouched else { return nil }
        try addCounters()
        guard var row = try JobRow.find(database, key: job) else { return nil }
        var events = delta.events
        let results = row.record.results
        let hasStarted = row.record.startedAt != nil || results[.running] > 0
        let state = results.state(cancelRequested: row.record.isCancelRequested, started: hasStarted)
        if state != row.record.state {
            if state != .queued && row.record.startedAt == nil && hasStarted { row.record.startedAt = now }
            if state.isFinal { row.record.finishedAt = now }
            row.record.state = state
            try database.cachedStatement(
                sql: "UPDATE job SET state = ?, started_at = ?, finished_at = ? WHERE id = ?"
            ).execute(arguments: [
                StoredJobState.number(state), row.record.startedAt?.microseconds,
                row.record.finishedAt?.microseconds, job,
            ])
            if state == .running { events.insert(.state(state), at: 0) } else { events.append(.state(state)) }
        }
        try EventRows.append(database, job: job, events, at: now)
        return row
    }

    /// Writes one outcome, unless the image has one; adds what it changes to the bytes' counters.
    private mutating func write(_ result: ImageReport, host: HostStanding) throws -> Bool {
        let known = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT bytes_total FROM job_result
                    WHERE job_id = ? AND host = ? AND image = ? AND outcome = 0
                    """
            ),
            arguments: [job, host.ordinal, result.image]
        )
        guard let known else { return false }
        let total = (result.bytesTotal ?? known[0] as Int64?).map(ByteProgress.bounded)
        let done = ByteProgress.bounded(result.bytesDone)
        try database.cachedStatement(
            sql: """
                UPDATE job_result SET outcome = ?, attempts = ?, reason = ?, detail = ?, bytes_done = ?,
                    bytes_total = ?, source = ?, verified = ?, finished_at = ?
                WHERE job_id = ? AND host = ? AND image = ?
                """
        ).execute(arguments: [
            StoredOutcome.number(result.outcome), host.attempt, result.reason?.rawValue, result.detail,
            done, total, result.source, result.isVerified, now.microseconds, job, host.ordinal,
            result.image,
        ])
        delta.bytesDone = ByteProgress.boundedSum(delta.bytesDone, done)
        delta.bytesTotal = ByteProgress.boundedSum(delta.bytesTotal, (total ?? 0) - (known[0] as Int64? ?? 0))
        return true
    }

    /// Sums of bytes stay within their bounds: an overflow would make them fractions, which the table refuses, and
    /// with them every report of the transaction, again and again.
    private func addCounters() throws {
        let statement = try database.cachedStatement(
            sql: """
                UPDATE job SET hosts_done = hosts_done + ?,
                    bytes_done = max(0, min(bytes_done + ?, \(ByteProgress.limit))),
                    bytes_total = max(0, min(bytes_total + ?, \(ByteProgress.limit))), pending = pending + ?,
                    running = running + ?, cached = cached + ?, existing = existing + ?, error = error + ?,
                    unsupported = unsupported + ?, skipped = skipped + ?, cancelled = cancelled + ?
                WHERE id = ?
                """
        )
        try statement.execute(arguments: [
            delta.hostsDone, delta.bytesDone, delta.bytesTotal, delta.change(of: .pending),
            delta.change(of: .running),
            delta.change(of: .cached), delta.change(of: .existing), delta.change(of: .error),
            delta.change(of: .unsupported), delta.change(of: .skipped), delta.change(of: .cancelled), job,
        ])
    }
}
