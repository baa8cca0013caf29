internal import GRDB
internal import PrecacheModel

/// Ends images on all waiting hosts of a job, however many: SQLite goes over the rows itself, and none enters Swift.
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

    let database: Database
    let job: Int64
    let now: Timestamp
    /// Whether hosts are passed over on which somebody may be at work (``LeftAtWork``).
    let sparesLeftAtWork: Bool

    /// Writes this outcome, with the events of it in the order of hosts and images, where there is none yet.
    func end(_ outcome: Outcome, _ endings: [Ending]) throws -> Count {
        var count = Count()
        try EventRows.appendOutcomes(database, job: job, outcome, of: open(endings), at: now)
        for ending in endings { count.results += try write(outcome, ending) }
        guard count.results > 0 else { return count }
        count.hosts = try finishHosts()
        return count
    }

    /// SQL for the results that are to end, as rows of `job_host h` and `job_result r`.
    private func open(_ endings: [Ending]) -> String {
        let isEvery = endings.contains { $0.images == nil }
        let images = isEvery ? nil : endings.flatMap { $0.images ?? [] }
        return """
            job_host h CROSS JOIN job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
            WHERE h.job_id = \(job) AND \(waiting("h.")) AND r.outcome = 0
                \(among(images, "r."))
            """
    }

    private func write(_ outcome: Outcome, _ ending: Ending) throws -> Int {
        let arguments: StatementArguments = [
            StoredOutcome.number(outcome), ending.cause.reason?.rawValue, ending.cause.detail,
            now.microseconds, job,
        ]
        try database.execute(
            sql: """
                UPDATE job_result SET outcome = ?, reason = ?, detail = ?, finished_at = ?, attempts = h.attempt
                FROM job_host h
                WHERE h.job_id = ? AND \(waiting("h.")) AND job_result.job_id = h.job_id
                    AND job_result.host = h.ordinal AND job_result.outcome = 0
                    \(among(ending.images, "job_result."))
                """,
            arguments: arguments
        )
        return database.changesCount
    }

    /// Counts anew what the hosts have left to do; returns how many have nothing.
    private func finishHosts() throws -> Int {
        try database.execute(
            sql: """
                UPDATE job_host SET unfinished = (
                    SELECT count(*) FROM job_result r
                    WHERE r.job_id = job_host.job_id AND r.host = job_host.ordinal AND r.outcome = 0
                ) WHERE job_id = ? AND \(waiting(""))
                """,
            arguments: [job]
        )
        try database.execute(
            sql: """
                UPDATE job_host SET state = \(StoredHostState.done.rawValue), next_attempt_at = 0
                WHERE job_id = ? AND \(waiting("")) AND unfinished = 0
                """,
            arguments: [job]
        )
        return database.changesCount
    }

    private func among(_ images: [Int]?, _ prefix: String) -> String {
        guard let images else { return "" }
        return "AND \(prefix)image IN (\(images.map(String.init).joined(separator: ", ")))"
    }

    /// SQL for the hosts that this is about; `prefix` names the table.
    private func waiting(_ prefix: String) -> String {
        let all = "\(prefix)state = \(StoredHostState.waiting.rawValue)"
        return sparesLeftAtWork ? "\(all) AND NOT (\(LeftAtWork.condition(prefix)))" : all
    }
}
