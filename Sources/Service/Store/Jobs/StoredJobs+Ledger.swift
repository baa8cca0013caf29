package import PrecacheModel

/// What the dispatcher asks of its ledger (`FanOut.Ledger` has the contract).
extension StoredJobs {
    /// Jobs that one transaction adopts: so controllers that adopt at the same time share them.
    private static let adoptedAtOnce = 8

    /// Makes jobs that no living controller has this one's own: their claimed hosts wait again, due at once, with the same
    /// attempt number at their next claim; due times beyond `latestDue` become it.
    ///
    /// Returns the number of hosts that had been claimed.
    package func recover(latestDue: Timestamp) async throws(StoreError) -> Int {
        var (hosts, jobs, isOver) = (0, 0, false)
        while !isOver {
            let adopted = try await engine.write(.job) { [self] database, after in
                try adopt(latestDue: latestDue, database, after)
            }
            (hosts, jobs) = (hosts + adopted.hosts, jobs + adopted.jobs)
            isOver = adopted.jobs < Self.adoptedAtOnce
        }
        // Images of theirs may have to be looked up.
        if jobs > 0 { ringForWork() }
        return hosts
    }

    private func adopt(
        latestDue: Timestamp,
        _ database: any StoreConnection,
        _ after: AfterCommit
    ) throws -> (jobs: Int, hosts: Int) {
        let ownerless = """
            SELECT id FROM job WHERE \(StoredJobState.open) AND \(ControllerRows.isOrphan)
            ORDER BY id LIMIT \(Self.adoptedAtOnce)\(database.dialect.unclaimed)
            """
        let jobs = try database.all(ownerless, []) { $0[0] as Int64 }
        var hosts = 0
        var running: [SourceKey: Int] = [:]
        for job in jobs {
            try database.run(
                """
                UPDATE job_host SET next_attempt_at = ?1
                WHERE job_id = ?2 AND \(HostStanding.isWaiting("")) AND next_attempt_at > ?1
                """,
                [latestDue, job]
            )
            let claimed = try database.run(
                """
                UPDATE job_host SET state = \(StoredHostState.waiting.rawValue), attempt = attempt - 1,
                    next_attempt_at = 0
                WHERE job_id = ?1 AND state = \(StoredHostState.claimed.rawValue)
                """,
                [job]
            )
            hosts += claimed
            let images = try JobImageRows.references(database, job: job).filter { $0.origin != .absent }
            for source in Set(images.map { SourceKey(url: $0.url) }) {
                running[source, default: 0] += claimed
            }
            // Nothing is claimed now, so all that was running is pending.
            try database.run(
                """
                UPDATE job SET owner = ?1, term = term + 1, pending = pending + running, running = 0,
                    revision = revision + 1
                WHERE id = ?2
                """,
                [controllers.number, job]
            )
            if let row = try JobRow.find(database, key: job) { publish(row, after: after) }
        }
        if engine.isShared { try SourceShareRows.inherit(database, running, by: controllers.number) }
        if engine.isShared, !jobs.isEmpty {
            try database.run(
                "DELETE FROM job_live WHERE job_id \(database.dialect.among("?1"))",
                [NumberList.text(jobs)]
            )
        }
        return (jobs.count, hosts)
    }

    /// This controller's jobs that have not ended and whose images are all known, oldest first.
    package func openJobs() async throws(StoreError) -> [OpenJob] {
        try await engine.read { [controllers] database in
            let owner = controllers.number
            let isReady = """
                NOT EXISTS (SELECT 1 FROM job_image i WHERE i.job_id = job.id AND \(JobImageRows.isUnresolved))
                """
            let open = "\(StoredJobState.open) AND owner = ?1 AND \(isReady) ORDER BY id"
            return try JobRow.fetch(database, where: open, [owner]).map { row in
                OpenJob(
                    id: row.record.id,
                    limits: row.record.limits,
                    images: try JobImageRows.references(database, job: row.key),
                    hostsTotal: row.record.hostsTotal,
                    isCancelRequested: row.record.isCancelRequested,
                    createdAt: row.record.createdAt,
                    term: row.term,
                    trace: row.record.trace
                )
            }
        }
    }

    /// Claims hosts that are due, each job's by due time and then by ordinal.
    package func claim(
        _ requests: [ClaimRequest],
        at time: LedgerTime
    ) async throws(StoreError) -> [ClaimAnswer] {
        try await engine.write(.job) { [self] database, after in
            let claims = HostClaims(
                database: database,
                inventory: inventory,
                owner: controllers.number,
                time: time
            )
            return try requests.map { request in
                let (answer, job) = try claims.claim(request)
                if let job { publish(job, after: after) }
                return answer
            }
        }
    }

    /// Takes back claims of hosts that aren't named.
    package func release(allBut known: [JobID: Set<Int>]) async throws(StoreError) -> LedgerChange {
        try await engine.write(.job) { [self] database, after in
            var change = LedgerChange()
            for (job, hosts) in known.sorted(by: { $0.key.text < $1.key.text }) {
                guard let key = try JobRow.takeKey(database, job, by: controllers.number) else {
                    change.lostJobs.append(job)
                    continue
                }
                let claimed = """
                    SELECT ordinal FROM job_host
                    WHERE job_id = ?1 AND state = \(StoredHostState.claimed.rawValue) ORDER BY ordinal
                    """
                let unknown = try database.all(claimed, [key]) { $0[0] as Int }.filter { !hosts.contains($0) }
                var progress = JobProgress(database: database, job: key, now: clock())
                for start in stride(from: 0, to: unknown.count, by: JobProgress.hostsAtOnce) {
                    let some = Array(unknown[start..<min(unknown.count, start + JobProgress.hostsAtOnce)])
                    try progress.load(some)
                    for host in some { progress.release(host) }
                }
                if let row = try progress.finish() { publish(row, after: after) }
            }
            return change
        }
    }

    /// Writes down what attempts came to; reports of other attempts or of hosts that aren't claimed are ignored.
    package func record(_ reports: [HostReport], at time: LedgerTime) async throws(StoreError) -> LedgerChange
    {
        try await engine.write(.job) { [self] database, after in
            var application = ReportApplication(database: database, owner: controllers.number, time: time)
            let rows = try application.apply(reports)
            for row in rows { publish(row, after: after) }
            try inventory.note(application.ends, database, after)
            let exchanged = application.exchanged
            if exchanged.isExchanged {
                after.perform { [board] in
                    board.tell(.exchanged(fromSource: exchanged.fromSource, fromPeers: exchanged.fromPeers))
                }
            }
            return LedgerChange(
                endedJobs: rows.filter(\.record.state.isFinal).map(\.record.id),
                staleReports: application.staleReports,
                lostJobs: application.lostJobs
            )
        }
    }

    /// Transactions that one call makes of a bulk change, before the caller has something else done.
    static let stepsPerCall = 16

    /// Finishes waiting hosts of a job to which `finish` applies: all of them, unless the change says that there are more.
    ///
    /// In steps: other writes go between.
    package func finish(
        _ id: JobID,
        _ finish: BulkFinish,
        at time: LedgerTime
    ) async throws(StoreError) -> LedgerChange {
        var (total, next) = (LedgerChange(), Int?.some(0))
        for _ in 0..<Self.stepsPerCall {
            guard let first = next else { break }
            let step = try await engine.write(.job) { [self] database, after in
                try finishSome(of: id, finish, from: first, at: time, database, after)
            }
            total.add(step.change)
            next = step.next
        }
        total.hasMore = next != nil
        return total
    }

    private func finishSome(
        of id: JobID,
        _ finish: BulkFinish,
        from first: Int,
        at time: LedgerTime,
        _ database: any StoreConnection,
        _ after: AfterCommit
    ) throws -> (change: LedgerChange, next: Int?) {
        guard let job = try JobRow.take(database, id, by: controllers.number) else {
            return (LedgerChange(lostJobs: [id]), nil)
        }
        guard !job.record.state.isFinal else { return (LedgerChange(), nil) }
        var progress = JobProgress(database: database, job: job.key, now: time.wall)
        var (change, next) =
            switch finish {
            case .unavailable(let heartbeatsSince):
                try endUnavailable(job.record, heartbeatsSince: heartbeatsSince, in: &progress)
            case .cancelled:
                try endAll(job.record, from: first, .cancelled, .init(reason: .cancelled), in: &progress)
            case .deadlineExceeded:
                try endAll(
                    job.record,
                    from: first,
                    .error,
                    .init(
                        reason: .deadlineExceeded,
                        detail: "the job's time was up before this host had its turn or another attempt"
                    ),
                    in: &progress
                )
            }
        change.finishedResults = progress.reasons
        guard let row = try progress.finish() else { return (change, next) }
        publish(row, after: after)
        if row.record.state.isFinal { (change.endedJobs, next) = ([id], nil) }
        return (change, next)
    }

    private func endUnavailable(
        _ record: JobRecord,
        heartbeatsSince: Timestamp,
        in progress: inout JobProgress
    ) throws -> (LedgerChange, Int?) {
        var change = LedgerChange()
        let (database, job) = (progress.database, progress.job)
        let unavailable = UnavailableHosts(database: database, inventory: inventory, now: progress.now)
        let all = try unavailable.find(job: job, heartbeatsSince: heartbeatsSince)
        guard !all.isEmpty else { return (change, nil) }
        let found = all.prefix(WaitingEnd.hostsAtOnce(images: record.images.count))
        let atWork = try LeftAtWork(database: database, inventory: inventory, now: progress.now)
            .find(job: job)
        for start in stride(from: 0, to: found.count, by: JobProgress.hostsAtOnce) {
            let some = found[start..<min(found.count, start + JobProgress.hostsAtOnce)]
            try progress.load(some.map(\.ordinal))
            for host in some {
                progress.endRest(host.result, on: host.ordinal)
                if let left = atWork[host.ordinal] { change.leftAtWork.append(left) }
            }
        }
        // Those that were ended aren't found again.
        return (change, found.count < all.count ? 0 : nil)
    }

    private func endAll(
        _ record: JobRecord,
        from first: Int,
        _ outcome: Outcome,
        _ cause: WaitingEnd.Cause,
        in progress: inout JobProgress
    ) throws -> (LedgerChange, Int?) {
        guard let hosts = try progress.nextWaiting(from: first, images: record.images.count) else {
            return (LedgerChange(), nil)
        }
        let atWork = try LeftAtWork(database: progress.database, inventory: inventory, now: progress.now)
            .find(job: progress.job).values.filter { hosts.contains($0.ordinal) }
        try progress.endWaiting(outcome, [.init(cause: cause)], hosts: hosts)
        let change = LedgerChange(leftAtWork: atWork.sorted { $0.ordinal < $1.ordinal })
        return (change, hosts.upperBound < record.hostsTotal ? hosts.upperBound : nil)
    }
}
