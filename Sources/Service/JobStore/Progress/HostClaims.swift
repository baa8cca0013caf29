internal import GRDB
internal import Inventory
internal import PrecacheModel

/// Claims waiting hosts of a job, by due time and then by place, along the index of the waiting.
struct HostClaims {
    let database: Database
    let inventory: SQLiteInventory
    let time: LedgerTime

    /// - Returns: The answer, and the job as it is now if anything was claimed.
    func claim(_ request: ClaimRequest) throws -> (answer: ClaimAnswer, job: JobRow?) {
        var answer = ClaimAnswer(job: request.job, hosts: [], nextDue: nil)
        guard let job = try JobRow.find(database, request.job), !job.record.state.isFinal else {
            return (answer, nil)
        }
        var progress = JobProgress(database: database, job: job.key, now: time.wall)
        for (due, hostID, name) in try dueHosts(job.key, limit: request.limit) {
            var standing = due
            guard try progress.begin(&standing) else { continue }
            answer.hosts.append(
                try claimedHost(
                    standing,
                    id: hostID,
                    name: name,
                    images: try progress.unfinishedImages(of: standing.ordinal)
                )
            )
        }
        if answer.hosts.count < request.limit { answer.nextDue = try nextDue(job.key) }
        return (answer, try progress.finish())
    }

    private func dueHosts(
        _ job: Int64,
        limit: Int
    ) throws -> [(standing: HostStanding, id: Int64, name: String)] {
        let statement = try database.cachedStatement(sql: Self.dueSQL)
        return try Row.fetchAll(statement, arguments: [job, time.steady.microseconds, limit])
            .map { (try HostStanding($0), $0[5], $0[6]) }
    }

    static let dueSQL = """
        SELECT \(HostStanding.columns), j.host_id, j.name FROM job_host j
        WHERE j.job_id = ? AND j.state = 0 AND j.next_attempt_at <= ? ORDER BY j.next_attempt_at, j.ordinal LIMIT ?
        """

    private func nextDue(_ job: Int64) throws -> Timestamp? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT next_attempt_at FROM job_host WHERE job_id = ? AND state = 0
                ORDER BY next_attempt_at LIMIT 1
                """
        )
        return try Int64.fetchOne(statement, arguments: [job]).map { Timestamp(microseconds: $0) }
    }

    private func claimedHost(
        _ standing: HostStanding,
        id: Int64,
        name: String,
        images: [Int]
    ) throws -> ClaimedHost {
        let known = try inventory.reachable(database, hostID: id)
        return ClaimedHost(
            ordinal: standing.ordinal,
            name: try Stored.hostName(name),
            address: known?.address ?? name,
            port: known?.port ?? HostEntry.defaultPort,
            isEnabled: known?.isEnabled ?? false,
            heartbeatAt: known?.heartbeatAt,
            heartbeatInterval: known?.heartbeatInterval ?? .zero,
            attempt: standing.attempt,
            images: images
        )
    }
}
