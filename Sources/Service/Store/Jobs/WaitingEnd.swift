internal import PrecacheModel

/// Ends images on all waiting hosts of a job, however many: the database goes over the rows itself, and none enters
/// Swift.
///
/// Ten thousand hosts of five images are 50,000 results and as many events, and nothing else is written meanwhile.
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
        /// Hosts that have nothing left to do.
        var hosts = 0
    }

    let database: any StoreConnection
    let job: Int64
    let now: Timestamp
    /// Whether hosts are passed over on which somebody may be at work (``LeftAtWork``).
    let sparesLeftAtWork: Bool

    /// Writes this outcome, with the events of it in the order of hosts and images, where there is none yet.
    func end(_ outcome: Outcome, _ endings: [Ending]) throws -> Count {
        var count = Count()
        try tell(outcome, endings)
        for ending in endings { count.results += try write(outcome, ending) }
        guard count.results > 0 else { return count }
        count.hosts = try finishHosts()
        return count
    }

    private func tell(_ outcome: Outcome, _ endings: [Ending]) throws {
        let isEvery = endings.contains { $0.images == nil }
        let images = isEvery ? nil : endings.flatMap { $0.images ?? [] }
        let open = """
            job_host h \(database.dialect.ordered) job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
            WHERE h.job_id = ?1 AND \(waiting("h.")) AND r.outcome = \(StoredOutcome.unfinished)
                \(among(images, "r.", "?5"))
            """
        let values = images.map { [NumberList.text($0)] } ?? []
        try EventRows.appendOutcomes(database, job: job, outcome, of: open, values, at: now)
    }

    private func write(_ outcome: Outcome, _ ending: Ending) throws -> Int {
        try database.run(
            """
            UPDATE job_result SET outcome = ?1, reason = ?2, detail = ?3, finished_at = ?4, attempts = h.attempt
            FROM job_host h
            WHERE h.job_id = ?5 AND \(waiting("h.")) AND job_result.job_id = h.job_id
                AND job_result.host = h.ordinal AND job_result.outcome = \(StoredOutcome.unfinished)
                \(among(ending.images, "job_result.", "?6"))
            """,
            [
                StoredOutcome.number(outcome), ending.cause.reason?.rawValue, ending.cause.detail, now, job,
            ] + (ending.images.map { [NumberList.text($0)] } ?? [])
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
            ) WHERE job_id = ?1 AND \(waiting(""))
            """,
            [job]
        )
        return try database.run(
            """
            UPDATE job_host SET state = \(StoredHostState.done.rawValue), next_attempt_at = 0
            WHERE job_id = ?1 AND \(waiting("")) AND unfinished = 0
            """,
            [job]
        )
    }

    private func among(_ images: [Int]?, _ prefix: String, _ value: String) -> String {
        images == nil ? "" : "AND \(prefix)image IN \(database.dialect.elements(value))"
    }

    /// SQL for the hosts that this is about; `prefix` names the table.
    private func waiting(_ prefix: String) -> String {
        let all = HostStanding.isWaiting(prefix)
        return sparesLeftAtWork ? "\(all) AND NOT (\(LeftAtWork.condition(prefix)))" : all
    }
}
