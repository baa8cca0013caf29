internal import PrecacheModel

/// Ends images on the waiting hosts of a job in a range: the database goes over the rows itself, and none enters Swift.
///
/// Nothing else is written meanwhile, so a range has no more than ``resultsAtOnce`` results.
struct WaitingEnd {
    /// Why images end.
    struct Cause: Hashable {
        var reason: Reason?
        var detail: String?
    }

    /// Images that end for the same cause.
    struct Ending {
        /// The images by their places in the job; nil for all.
        var images: [Int]?
        var cause: Cause
    }

    /// How much was ended.
    struct Count {
        var results = 0
        var reasons: [Reason: Int] = [:]
        /// Hosts that have nothing left to do.
        var hosts = 0
    }

    let database: any StoreConnection
    let job: Int64
    let now: Timestamp
    /// Whether hosts are passed over on which somebody may be at work (``LeftAtWork``).
    let sparesLeftAtWork: Bool
    /// The hosts by their places.
    let hosts: Range<Int>

    /// Results that one transaction ends: some 30 ms.
    static let resultsAtOnce = 4_096

    /// Hosts that one transaction takes, of so many images each.
    static func hostsAtOnce(images: Int) -> Int { max(1, resultsAtOnce / max(1, images)) }

    /// Writes this outcome, with the events of it in the order of hosts and images, where there is none yet.
    func end(_ outcome: Outcome, _ endings: [Ending]) throws -> Count {
        var count = Count()
        try tell(outcome, endings)
        for ending in endings {
            let ended = try write(outcome, ending)
            count.results += ended
            if ended > 0, let reason = ending.cause.reason { count.reasons[reason, default: 0] += ended }
        }
        guard count.results > 0 else { return count }
        count.hosts = try finishHosts()
        return count
    }

    private func tell(_ outcome: Outcome, _ endings: [Ending]) throws {
        let isEvery = endings.contains { $0.images == nil }
        let images = isEvery ? nil : endings.flatMap { $0.images ?? [] }
        // The plus keeps SQLite from carrying the range over to the results, whose range it would go through for each host.
        let open = """
            job_host h \(database.dialect.ordered) job_result r ON r.job_id = h.job_id AND r.host = +h.ordinal
            WHERE h.job_id = ?1 AND \(waiting("h.", from: 5)) AND r.outcome = \(StoredOutcome.unfinished)
                \(among(images, "r.", "?7"))
            """
        let values: [(any StoreBindable)?] = range + (images.map { [NumberList.text($0)] } ?? [])
        try EventRows.appendOutcomes(database, job: job, outcome, of: open, values, at: now)
    }

    private func write(_ outcome: Outcome, _ ending: Ending) throws -> Int {
        try database.run(
            """
            UPDATE job_result SET outcome = ?1, reason = ?2, detail = ?3, finished_at = ?4, attempts = h.attempt
            FROM job_host h
            WHERE h.job_id = ?5 AND \(waiting("h.", from: 6)) AND job_result.job_id = h.job_id
                AND job_result.host = h.ordinal AND job_result.outcome = \(StoredOutcome.unfinished)
                \(among(ending.images, "job_result.", "?8"))
            """,
            [
                StoredOutcome.number(outcome), ending.cause.reason?.rawValue, ending.cause.detail, now, job,
            ] + range + (ending.images.map { [NumberList.text($0)] } ?? [])
        )
    }

    /// Counts anew what the hosts have left to do; returns how many have nothing.
    private func finishHosts() throws -> Int {
        try database.run(
            """
            UPDATE job_host SET unfinished = (
                SELECT count(*) FROM job_result r
                WHERE r.job_id = job_host.job_id AND r.host = job_host.ordinal
                    AND r.outcome = \(StoredOutcome.unfinished)
            ) WHERE job_id = ?1 AND \(waiting("", from: 2))
            """,
            [job] + range
        )
        return try database.run(
            """
            UPDATE job_host SET state = \(StoredHostState.done.rawValue), next_attempt_at = 0
            WHERE job_id = ?1 AND \(waiting("", from: 2)) AND unfinished = 0
            """,
            [job] + range
        )
    }

    private func among(_ images: [Int]?, _ prefix: String, _ value: String) -> String {
        images == nil ? "" : "AND \(prefix)image \(database.dialect.among(value))"
    }

    /// The values of ``waiting(_:from:)``.
    private var range: [(any StoreBindable)?] { [hosts.lowerBound, hosts.upperBound] }

    /// SQL for the hosts that this is about; `prefix` names the table, and two values begin at `number`.
    private func waiting(_ prefix: String, from number: Int) -> String {
        let range = "\(prefix)ordinal >= ?\(number) AND \(prefix)ordinal < ?\(number + 1)"
        let all = "\(HostStanding.isWaiting(prefix)) AND \(range)"
        return sparesLeftAtWork ? "\(all) AND NOT (\(LeftAtWork.condition(prefix)))" : all
    }
}

extension JobProgress {
    /// The hosts that one transaction may end, from the first one on that waits; nil if none does.
    ///
    /// - Parameters:
    ///   - first: The place to begin at.
    ///   - images: How many images end on each.
    /// - Returns: Their places.
    /// - Throws: What the disk says.
    func nextWaiting(from first: Int, images: Int) throws -> Range<Int>? {
        let sql = """
            SELECT min(ordinal) FROM job_host WHERE job_id = ?1 AND ordinal >= ?2 AND \(HostStanding.isWaiting(""))
            """
        let found = try database.first(sql, [job, first]) { $0[0] as Int? } ?? nil
        return found.map { $0..<$0 + WaitingEnd.hostsAtOnce(images: images) }
    }
}
