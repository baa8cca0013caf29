internal import PrecacheModel

/// Moves the hosts of one job on, inside one transaction: rows, counters, events and the job's state together.
///
/// In sets: ``load(_:)`` reads what hosts stand at, the mutating functions decide in memory, and ``finish()`` writes all
/// of it with a few statements.
struct JobProgress {
    let database: any StoreConnection
    let job: Int64
    let now: Timestamp
    private var hosts: [Int: HostStanding] = [:]
    private var ended: [(any StoreBindable)?] = []
    private var explained: [Place: Explanation] = [:]
    private var delta = JobDelta()
    private var isTouched = false

    /// How many outcomes wait in memory for their statement, at about 1 KB each.
    static let outcomesAtOnce = 4096
    /// How many hosts are read at a time, however few images they have.
    static let hostsAtOnce = 256

    private struct Place: Hashable {
        let host: Int
        let image: Int
    }

    private struct Explanation {
        let reason: Reason?
        let detail: String?
        let open: HostStanding.OpenImage
    }

    init(database: any StoreConnection, job: Int64, now: Timestamp) {
        (self.database, self.job, self.now) = (database, job, now)
    }

    /// Reads what hosts stand at; hosts that were read before are read anew.
    mutating func load(_ ordinals: [Int]) throws {
        try flush()
        hosts = try HostStanding.find(database, job: job, ordinals)
    }

    /// How many results have ended so far, by reason, of those that aren't good.
    var reasons: [Reason: Int] { delta.reasons }

    /// What agents said became of images on hosts, and what came of exchanges so far, over all images.
    private(set) var ends: [(host: Int64, image: Int, result: ImageOutcome)] = []
    private(set) var exchanged = ImageGain()

    /// Where a loaded host stands now; nil if the job has no such host.
    func standing(of host: Int) -> HostStanding? { hosts[host] }

    /// Counts hosts that have been claimed, with so many images to do.
    mutating func noteClaimed(images: Int) {
        delta.move(images, from: .pending, to: .running)
        isTouched = true
    }

    /// Takes outcomes of images that have none yet; those that have one are passed over.
    ///
    /// - Returns: How many were taken.
    @discardableResult
    mutating func end(_ results: [ImageReport], on host: Int) -> Int {
        guard var standing = hosts[host], standing.state != .done else { return 0 }
        let former: Outcome = standing.state == .claimed ? .running : .pending
        let before = standing.unfinished
        for report in results {
            let (image, result) = (report.image, report.result)
            guard result.outcome.isFinal, let place = standing.open.firstIndex(where: { $0.image == image })
            else { continue }
            write(report, of: standing.open.remove(at: place), standing)
            ends.append((standing.hostID, image, result))
            standing.unfinished -= 1
            explained[Place(host: host, image: image)] = nil
            delta.move(1, from: former, to: result.outcome)
            delta.events.append(
                .outcome(host: host, image: image, outcome: result.outcome, attempt: standing.attempt)
            )
        }
        guard standing.unfinished < before else { return 0 }
        if standing.unfinished == 0 {
            standing.state = .done
            standing.nextAttempt = 0
            delta.hostsDone += 1
        }
        put(standing)
        return before - standing.unfinished
    }

    /// Gives every image that is left the same outcome.
    mutating func endRest(_ result: ImageOutcome, on host: Int) {
        end((hosts[host]?.open ?? []).map { ImageReport(image: $0.image, result) }, on: host)
    }

    /// Gives images that have no outcome yet this one on the waiting hosts of a range.
    ///
    /// - Parameters:
    ///   - outcome: The outcome.
    ///   - endings: Which images end, and why.
    ///   - hosts: The hosts by their places.
    ///   - sparesLeftAtWork: Whether hosts are passed over on which somebody may be at work (``LeftAtWork``).
    /// - Throws: What the disk says.
    mutating func endWaiting(
        _ outcome: Outcome,
        _ endings: [WaitingEnd.Ending],
        hosts: Range<Int>,
        sparesLeftAtWork: Bool = false
    ) throws {
        // What happened before is told before.
        try flush()
        let end = WaitingEnd(
            database: database,
            job: job,
            now: now,
            sparesLeftAtWork: sparesLeftAtWork,
            hosts: hosts
        )
        let count = try end.end(outcome, endings)
        delta.move(count.results, from: .pending, to: outcome)
        delta.reasons.merge(count.reasons, uniquingKeysWith: +)
        delta.hostsDone += count.hosts
        if count.results > 0 { isTouched = true }
    }

    /// Notes the size of an image that was unknown until now, on every host that has no outcome for it.
    mutating func expect(_ bytes: Int64, of image: Int) throws {
        let count = try database.run(
            """
            UPDATE job_result SET bytes_total = ?1
            WHERE job_id = ?2 AND image = ?3 AND outcome = \(StoredOutcome.unfinished)
            """,
            [ByteProgress.bounded(bytes), job, image]
        )
        let (sum, overflow) = bytes.multipliedReportingOverflow(by: Int64(count))
        delta.bytesTotal = ByteProgress.boundedSum(delta.bytesTotal, overflow ? ByteProgress.limit : sum)
        isTouched = true
    }

    /// Notes that something of the job changes that isn't counted.
    mutating func touch() { isTouched = true }

    /// Notes why an attempt failed beside an image that another attempt will follow for.
    mutating func explain(_ report: ImageReport, on host: Int) {
        guard var standing = hosts[host],
            let place = standing.open.firstIndex(where: { $0.image == report.image })
        else { return }
        count(standing.open[place].take(report.result), of: report)
        explained[Place(host: host, image: report.image)] =
            Explanation(reason: report.reason, detail: report.detail, open: standing.open[place])
        hosts[host] = standing
    }

    /// Counts where the bytes of an attempt's end came from.
    private mutating func count(_ gain: ImageGain?, of report: ImageReport) {
        guard let gain else { return }
        if gain.isExchanged { exchanged.add(gain) }
        delta.gains[report.image, default: ImageGain()].add(gain)
        if gain.fromFar > 0 {
            let zone = report.zone ?? ""
            delta.crossings[zone] = ByteProgress.boundedSum(delta.crossings[zone] ?? 0, gain.fromFar)
        }
        isTouched = true
    }

    /// Ends an attempt: the host waits for another, due at `due` in microseconds since 1970.
    mutating func postpone(_ host: Int, due: Int64, event: EventRows.New) {
        guard var standing = hosts[host], standing.state == .claimed else { return }
        standing.state = .waiting
        standing.nextAttempt = due
        put(standing)
        delta.move(standing.unfinished, from: .running, to: .pending)
        note(event)
    }

    /// Takes a claim back as if it had never been: the next one has the same attempt number.
    mutating func release(_ host: Int) {
        guard var standing = hosts[host], standing.state == .claimed else { return }
        standing.state = .waiting
        standing.attempt -= 1
        standing.nextAttempt = 0
        put(standing)
        delta.move(standing.unfinished, from: .running, to: .pending)
    }

    /// Adds an event that changes no counter.
    mutating func note(_ event: EventRows.New) {
        delta.events.append(event)
        isTouched = true
    }

    /// Writes what is left, counters, state and events.
    ///
    /// - Returns: The job as it is now, or nil if nothing was changed or the job is gone.
    mutating func finish() throws -> JobRow? {
        try writeRows()
        guard isTouched else { return nil }
        try delta.write(database, job: job)
        guard var row = try JobRow.find(database, key: job) else { return nil }
        let results = row.record.results
        let hasStarted = row.record.startedAt != nil || results[.running] > 0
        let state = results.state(cancelRequested: row.record.isCancelRequested, started: hasStarted)
        if state != row.record.state {
            if state != .queued && row.record.startedAt == nil && hasStarted { row.record.startedAt = now }
            if state.isFinal { row.record.finishedAt = now }
            row.record.state = state
            try database.run(
                "UPDATE job SET state = ?1, started_at = ?2, finished_at = ?3 WHERE id = ?4",
                [StoredJobState.number(state), row.record.startedAt, row.record.finishedAt, job]
            )
            delta.events.insert(.state(state), at: state == .running ? 0 : delta.events.count)
        }
        try EventRows.append(database, job: job, delta.events, at: now)
        return row
    }

    private mutating func put(_ standing: HostStanding) {
        hosts[standing.ordinal] = standing
        hosts[standing.ordinal]?.isChanged = true
        isTouched = true
    }

    private static let endings = RowSet(
        into: "job_result",
        [
            "job_id", "host", "image", "outcome", "attempts", "reason", "detail", "bytes_done",
            "bytes_total", "source", "verified", "finished_at", "from_peers_bytes", "from_source_bytes",
            "from_far_bytes",
        ],
        conflict: """
            ON CONFLICT (job_id, host, image) DO UPDATE SET outcome = excluded.outcome, attempts = excluded.attempts,
                reason = excluded.reason, detail = excluded.detail, bytes_done = excluded.bytes_done,
                bytes_total = excluded.bytes_total, source = excluded.source, verified = excluded.verified,
                finished_at = excluded.finished_at, from_peers_bytes = excluded.from_peers_bytes,
                from_source_bytes = excluded.from_source_bytes, from_far_bytes = excluded.from_far_bytes
            """
    )

    private static let explanations = RowSet(
        into: "job_result",
        [
            "job_id", "host", "image", "outcome", "attempts", "bytes_done", "reason", "detail",
            "from_peers_bytes", "from_source_bytes", "from_far_bytes",
        ],
        conflict: """
            ON CONFLICT (job_id, host, image) DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
                from_peers_bytes = excluded.from_peers_bytes, from_source_bytes = excluded.from_source_bytes,
                from_far_bytes = excluded.from_far_bytes
            """
    )

    /// Takes one outcome; adds what it changes to the bytes' counters.
    private mutating func write(
        _ report: ImageReport,
        of image: HostStanding.OpenImage,
        _ host: HostStanding
    ) {
        var open = image
        let result = report.result
        count(open.take(result), of: report)
        let known = open.bytesTotal
        let total = (result.bytesTotal ?? known).map(ByteProgress.bounded)
        let done = ByteProgress.bounded(result.bytesDone)
        ended += [
            job, host.ordinal, open.image, StoredOutcome.number(result.outcome), host.attempt,
            result.reason?.rawValue, result.detail, done, total, result.source, result.isVerified, now,
            open.fromPeers, open.fromSource, open.fromFar,
        ]
        delta.bytesDone = ByteProgress.boundedSum(delta.bytesDone, done)
        if !result.outcome.isGood {
            delta.bytesInVain = ByteProgress.boundedSum(delta.bytesInVain, done)
            if let reason = result.reason { delta.reasons[reason, default: 0] += 1 }
        }
        delta.bytesTotal = ByteProgress.boundedSum(delta.bytesTotal, (total ?? 0) - (known ?? 0))
    }

    /// Writes rows and events, and lets go of the loaded hosts.
    private mutating func flush() throws {
        try writeRows()
        try EventRows.append(database, job: job, delta.events, at: now)
        delta.events = []
    }

    private mutating func writeRows() throws {
        try Self.endings.write(database, ended)
        ended = []
        let open = StoredOutcome.unfinished
        var values: [(any StoreBindable)?] = []
        for (place, why) in explained {
            values += [
                job, place.host, place.image, open, 0, 0, why.reason?.rawValue, why.detail,
                why.open.fromPeers, why.open.fromSource, why.open.fromFar,
            ]
        }
        try Self.explanations.write(database, values)
        explained = [:]
        let changed = hosts.values.filter(\.isChanged).sorted { $0.ordinal < $1.ordinal }
        try HostStanding.store(database, job: job, changed)
        hosts = [:]
    }
}
