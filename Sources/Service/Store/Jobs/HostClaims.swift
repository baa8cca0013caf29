internal import PrecacheModel

/// Claims waiting hosts of a job, by due time and then by place, along the index of the waiting.
struct HostClaims {
    let database: any StoreConnection
    let inventory: StoredInventory
    /// Whose the jobs have to be.
    let owner: Int64
    let time: LedgerTime

    private struct Due {
        let standing: HostStanding
        let id: Int64
        let name: HostName
    }

    /// - Returns: The answer, and the job as it is now if anything was claimed.
    func claim(_ request: ClaimRequest) throws -> (answer: ClaimAnswer, job: JobRow?) {
        var answer = ClaimAnswer(job: request.job, hosts: [], nextDue: nil)
        guard let job = try JobRow.take(database, request.job, by: owner) else {
            answer.isLost = true
            return (answer, nil)
        }
        guard !job.record.state.isFinal else { return (answer, nil) }
        let due = try dueHosts(job.key, limit: request.limit)
        var progress = JobProgress(database: database, job: job.key, now: time.wall)
        if !due.isEmpty {
            try take(due, of: job.key)
            progress.noteClaimed(images: due.reduce(0) { $0 + $1.standing.unfinished })
            answer.hosts = try claimed(due, of: job)
        }
        if answer.hosts.count < request.limit { answer.nextDue = try nextDue(job.key) }
        return (answer, try progress.finish())
    }

    private func dueHosts(_ job: Int64, limit: Int) throws -> [Due] {
        try database.all(Self.dueSQL, [job, time.steady, limit]) { row in
            Due(standing: try HostStanding(row), id: row[4], name: try Stored.hostName(row[5]))
        }
    }

    static let dueSQL = """
        SELECT \(HostStanding.columns), j.name FROM job_host j
        WHERE j.job_id = ?1 AND \(HostStanding.isWaiting("j.")) AND j.next_attempt_at <= ?2
        ORDER BY j.next_attempt_at, j.ordinal LIMIT ?3
        """

    private func take(_ due: [Due], of job: Int64) throws {
        try database.run(
            """
            UPDATE job_host SET state = \(StoredHostState.claimed.rawValue), attempt = attempt + 1, next_attempt_at = 0,
                started_at = coalesce(started_at, ?1)
            WHERE job_id = ?2 AND ordinal \(database.dialect.among("?3"))
            """,
            [time.wall, job, NumberList.text(due.map(\.standing.ordinal))]
        )
    }

    private func nextDue(_ job: Int64) throws -> Timestamp? {
        try database.first(
            """
            SELECT next_attempt_at FROM job_host j WHERE job_id = ?1 AND \(HostStanding.isWaiting("j."))
            ORDER BY next_attempt_at LIMIT 1
            """,
            [job]
        ) { $0[0] }
    }

    private func claimed(_ due: [Due], of job: JobRow) throws -> [ClaimedHost] {
        let known = try inventory.reachable(database, due.map(\.id), now: time.wall)
        // Hosts that lack every image need no look at what they lack: that's nearly all of them.
        let all = Array(job.record.images.indices)
        let partial = due.filter { $0.standing.unfinished < all.count }.map(\.standing.ordinal)
        let open = try HostStanding.orderedImages(database, job: job.key, partial)
        return due.map { host in
            .claimed(
                host.standing.ordinal,
                host.name,
                known[host.id],
                attempt: host.standing.attempt + 1,
                images: host.standing.unfinished < all.count ? open[host.standing.ordinal] ?? [] : all
            )
        }
    }
}

extension ClaimedHost {
    /// A host with what the inventory knows of it; one that is gone counts as disabled.
    static func claimed(
        _ ordinal: Int,
        _ name: HostName,
        _ known: ReachableHost?,
        attempt: Int,
        images: [Int]
    ) -> ClaimedHost {
        var host = ClaimedHost(
            ordinal: ordinal,
            name: name,
            address: known?.address ?? name.text,
            port: known?.port ?? HostEntry.defaultPort,
            isEnabled: known?.isEnabled ?? false,
            heartbeatAt: known?.heartbeatAt,
            heartbeatInterval: known?.heartbeatInterval ?? .zero,
            attempt: attempt,
            images: images
        )
        (host.exchanges, host.zone) = (known?.exchanges ?? false, known?.zone)
        return host
    }
}
