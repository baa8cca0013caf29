package import PrecacheModel

extension StoredJobs {
    /// A job's summary, from memory if it lives or ended lately; nil if there is no such job.
    package func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
        if let record = board.record(id) { return record }
        return try await engine.read { try JobRow.find($0, id)?.record }
    }

    /// Jobs, newest first.
    ///
    /// Throws `StoreError` with code `badCursor` for a cursor of another list.
    package func jobs(_ filter: JobFilter, _ page: PageRequest) async throws(StoreError) -> Page<JobRecord> {
        let before = try Cursors.number(page.after, of: "jobs") ?? Int64.max
        return try await engine.read { database in
            var conditions = ["id < ?1"]
            var values: [(any StoreBindable)?] = [before, page.limit + 1]
            if let aggregate = filter.aggregate {
                values.append(aggregate.text)
                conditions.append("aggregate = ?\(values.count)")
            }
            if let policy = filter.policy {
                values.append(policy.text)
                conditions.append("policy = ?\(values.count)")
            }
            if let prefix = filter.idPrefix {
                // A range, which the index of identifiers answers: "g" comes after every digit.
                values += [prefix, prefix + "g"]
                conditions.append("uuid >= ?\(values.count - 1) AND uuid < ?\(values.count)")
            }
            if !filter.states.isEmpty {
                let numbers = filter.states.map { String(StoredJobState.number($0)) }.sorted()
                conditions.append("state IN (\(numbers.joined(separator: ", ")))")
            }
            let rows = try JobRow.fetch(
                database,
                where: conditions.joined(separator: " AND ") + " ORDER BY id DESC LIMIT ?2",
                values
            )
            let next = rows.count > page.limit ? String(rows[page.limit - 1].key) : nil
            return Page(
                items: rows.prefix(page.limit).map(\.record),
                next: next.map { PageCursor(kind: "jobs", key: [$0]) }
            )
        }
    }

    /// What became of each image on each host, by host and then by image in the job's order.
    ///
    /// Throws `StoreError` with code `notFound` (subject `job`) or `badCursor`.
    package func results(
        of id: JobID,
        _ filter: ResultFilter,
        _ page: PageRequest
    ) async throws(StoreError) -> Page<ResultRecord> {
        let after = try Cursors.place(page.after, of: "results") ?? (-1, -1)
        return try await engine.read { database in
            guard let key = try JobRow.key(database, id) else { throw StoreError.notFound("job", id.text) }
            let rows = try ResultRows.page(
                database,
                job: key,
                filter: filter,
                after: after,
                limit: page.limit + 1
            )
            let last = rows.count > page.limit ? rows[page.limit - 1] : nil
            return Page(
                items: Array(rows.prefix(page.limit)),
                next: last.map {
                    PageCursor(kind: "results", key: [String($0.hostOrdinal), String($0.imageOrdinal)])
                }
            )
        }
    }

    /// How many of the newest jobs are looked through for a host's results: a look-up in an index for each.
    static let recentJobs = 200

    /// The newest final results of a host, over the newest jobs; at most `limit`.
    package func recentResults(of host: HostName, limit: Int) async throws(StoreError) -> [HostResult] {
        try await engine.read { try ResultRows.recent($0, of: host, jobs: Self.recentJobs, limit: limit) }
    }

    /// Figures over all jobs and hosts, for metrics; beside the writer.
    package func statistics(now: Timestamp) async throws(StoreError) -> ServiceStatistics {
        try await engine.read { [inventory] database in
            var statistics = ServiceStatistics()
            try database.rows("SELECT state, count(*) FROM job GROUP BY state", []) { row in
                statistics.jobs[try StoredJobState.state(row[0])] = row[1]
            }
            let sums = Outcome.allCases.map { "coalesce(sum(\(StoredOutcome.column($0))), 0)" }
            let sql = """
                SELECT min(CASE WHEN pending > 0 THEN created_at END), \(sums.joined(separator: ", "))
                FROM job WHERE \(StoredJobState.open)
                """
            try database.rows(sql, []) { row in
                statistics.oldestPendingSince = row[0]
                for (index, outcome) in Outcome.allCases.enumerated() {
                    statistics.openResults[outcome] = row[index + 1]
                }
            }
            try inventory.countHosts(database, now: now, in: &statistics)
            return statistics
        }
    }
}
