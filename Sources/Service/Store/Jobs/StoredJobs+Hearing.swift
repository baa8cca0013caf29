package import PrecacheModel
internal import Synchronization

/// What other controllers do with jobs, where several share the database.
extension StoredJobs {
    /// Reads jobs that others have rung for.
    ///
    /// - Parameter keys: Their numbers; those that are gone are forgotten.
    /// - Throws: `StoreError`.
    package func hear(_ keys: Set<Int64>) async throws(StoreError) {
        let known = board.known()
        let rows = try await engine.read { try Self.rows($0, keys) }
        take(rows, known, gone: keys.subtracting(rows.map(\.key)))
    }

    /// Looks at all jobs that may have changed without a ring that came through: those that live, those in memory, and those
    /// that are newer than the last look.
    package func look() async throws(StoreError) {
        let (known, seen) = (board.known(), seen.load(ordering: .acquiring))
        let number = controllers.number
        let (rows, sight) = try await engine.read { database in
            var sight = Sight(last: seen)
            let sql = """
                SELECT j.id, j.revision, l.bytes, j.owner, j.uuid,
                    (j.cancel_requested_at IS NOT NULL AND \(StoredJobState.open))
                FROM job j LEFT JOIN job_live l ON l.job_id = j.id
                WHERE \(StoredJobState.open) OR j.id > ?1 OR j.id \(database.dialect.among("?2"))
                """
            try database.rows(sql, [seen, NumberList.text(known.keys)]) { row in
                let key: Int64 = row[0]
                sight.there.insert(key)
                sight.last = max(sight.last, key)
                if known[key]?.revision != row[1] { sight.changed.insert(key) }
                // The row may be known, and that it was somebody else who asked for the end not.
                if row[3] as Int64? == number, row[5] { sight.isToEnd = true }
                if let bytes = row[2] as Int64?, row[3] as Int64? != number {
                    sight.live[try Stored.jobID(row[4])] = bytes
                }
            }
            return (try Self.rows(database, sight.changed), sight)
        }
        take(rows, known, gone: Set(known.keys).subtracting(sight.there))
        if sight.isToEnd { ringForWork() }
        board.setLive(sight.live)
        self.seen.store(sight.last, ordering: .releasing)
    }

    /// A job's summary that isn't older than what somebody has seen of it, maybe through another controller; nil if there is no
    /// such job.
    package func job(_ id: JobID, since revision: Int64) async throws(StoreError) -> JobRecord? {
        let known = board.row(id)
        if let record = known?.record, record.revision >= revision || !engine.isShared { return record }
        let row = try await engine.read { try JobRow.find($0, id) }
        guard let known else { return row?.record }
        let before = JobBoard.Known(id: id, revision: known.record.revision)
        take(row.map { [$0] } ?? [], [known.key: before], gone: row == nil ? [known.key] : [])
        return row?.record
    }

    /// Bytes that running downloads of another controller's job have fetched; 0 for those of this one's.
    package func othersBytes(of id: JobID) -> Int64 { board.live(id) }

    /// Writes down for other controllers how many bytes running downloads of this one's jobs have fetched.
    ///
    /// - Parameters:
    ///   - inFlight: The bytes by job; those that aren't this controller's are passed over.
    ///   - hasEnded: Whether jobs have ended since the last call: what was written for them goes.
    /// - Throws: `StoreError`.
    package func writeLive(_ inFlight: [JobID: Int64], hasEnded: Bool) async throws(StoreError) {
        // With what is in the rows: so a reader whose row is newer counts nothing twice.
        let bytes = inFlight.reduce(into: [Int64: Int64]()) { bytes, one in
            guard let row = board.row(one.key) else { return }
            bytes[row.key] = ByteProgress.boundedSum(row.record.bytesDone, one.value)
        }
        let number = controllers.number
        try await engine.write(.heartbeats) { database, _ in
            let own = """
                SELECT id FROM job WHERE \(StoredJobState.open) AND owner = ?2
                    AND id \(database.dialect.among("?1")) ORDER BY id
                """
            let keys = try database.all(own, [NumberList.text(bytes.keys), number]) { $0[0] as Int64 }
            try Self.liveBytes.write(database, keys.flatMap { [$0, bytes[$0] ?? 0] })
            guard hasEnded else { return }
            try database.run(
                "DELETE FROM job_live WHERE job_id NOT IN (SELECT id FROM job WHERE \(StoredJobState.open))"
            )
        }
    }

    private static let liveBytes = RowSet(
        into: "job_live",
        ["job_id", "bytes"],
        conflict: "ON CONFLICT (job_id) DO UPDATE SET bytes = excluded.bytes"
    )

    /// What a look has seen.
    private struct Sight: Sendable {
        var there: Set<Int64> = []
        var changed: Set<Int64> = []
        var live: [JobID: Int64] = [:]
        /// Whether somebody wants one of this controller's jobs to end.
        var isToEnd = false
        var last: Int64
    }

    private static func rows(_ database: any StoreConnection, _ keys: Set<Int64>) throws -> [JobRow] {
        guard !keys.isEmpty else { return [] }
        let some = "id \(database.dialect.among("?1")) ORDER BY id"
        return try JobRow.fetch(database, where: some, [NumberList.text(keys)])
    }

    private func take(_ rows: [JobRow], _ known: [Int64: JobBoard.Known], gone: Set<Int64>) {
        for row in rows { board.hear(row, inPlaceOf: known[row.key]) }
        for key in gone {
            if let known = known[key] { board.forget(known.id) }
        }
        // Somebody else has changed what this controller works on: cancelled it, that is.
        if rows.contains(where: { $0.owner == controllers.number }) { ringForWork() }
    }
}
