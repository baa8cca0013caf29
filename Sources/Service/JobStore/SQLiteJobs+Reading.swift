internal import GRDB
internal import Inventory
package import PrecacheModel

extension SQLiteJobs {
    /// A job's summary, from memory if it lives or ended lately; nil if there is no such job.
    package func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
        if let record = board.record(id) { return record }
        return try await database.read { try JobRow.find($0, id)?.record }
    }

    /// Jobs, newest first.
    ///
    /// Throws `StoreError` with code `badCursor` for a cursor of another list.
    package func jobs(_ filter: JobFilter, _ page: PageRequest) async throws(StoreError) -> Page<JobRecord> {
        let before = try Cursors.number(page.after, of: "jobs") ?? Int64.max
        return try await database.read { database in
            var conditions = ["id < ?"]
            var arguments: StatementArguments = [before]
            if let aggregate = filter.aggregate {
                conditions.append("aggregate = ?")
                arguments += [aggregate.text]
            }
            if !filter.states.isEmpty {
                let numbers = filter.states.map { String(StoredJobState.number($0)) }.sorted()
                conditions.append("state IN (\(numbers.joined(separator: ", ")))")
            }
            let rows = try JobRow.fetch(
                database,
                where: conditions.joined(separator: " AND ") + " ORDER BY id DESC LIMIT ?",
                arguments + [page.limit + 1]
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
        return try await database.read { database in
            guard let job = try JobRow.find(database, id) else { throw StoreError.notFound("job", id.text) }
            let rows = try ResultRows.page(
                database,
                job: job.key,
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

    /// A job's events after an id, oldest first, at most `limit`.
    ///
    /// Throws `StoreError` with code `notFound` (subject `job`).
    package func events(of id: JobID, after: Int64, limit: Int) async throws(StoreError) -> [EventRecord] {
        try await database.read { database in
            guard let job = try JobRow.find(database, id) else { throw StoreError.notFound("job", id.text) }
            return try EventRows.page(database, job: job, after: after, limit: limit)
        }
    }
}
