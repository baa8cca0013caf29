internal import Coverage
package import PrecacheModel

/// How the last attempt to bring an image to a host ended, unless it brought it.
///
/// A row for each host and image that failed, or that the host can't have; an attempt that goes well takes it away.
package struct HostImageEnd: Hashable, Sendable {
    package let host: Int64
    package let image: ImageID
    package let job: JobID
    package let outcome: Outcome
    package let reason: Reason?
    package let detail: String?
    package let at: Timestamp
    /// How many have failed one after another, this one among them.
    package internal(set) var failures = 1

    private static let columns = [
        "host_id", "image_id", "job", "outcome", "reason", "detail", "at", "failures",
    ]
    private static let again = """
        ON CONFLICT (host_id, image_id) DO UPDATE SET job = excluded.job, outcome = excluded.outcome,
            reason = excluded.reason, detail = excluded.detail, at = excluded.at,
            failures = host_image_end.failures + 1
        """
    private static let new = RowSet(into: "host_image_end", columns, conflict: again)

    /// Writes that images can't be had for hosts of a job that wait for them: the database does it alone.
    ///
    /// - Returns: What was written.
    static func writeAbsent(
        _ database: any StoreConnection,
        job: (key: Int64, id: JobID),
        images: [Int],
        hosts: Range<Int>,
        _ cause: WaitingEnd.Cause,
        at now: Timestamp
    ) throws -> [HostImageEnd] {
        let waiting = """
            FROM job_host h \(database.dialect.ordered) job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
            \(database.dialect.ordered) job_image i ON i.job_id = r.job_id AND i.ordinal = r.image
            WHERE h.job_id = ?1 AND h.ordinal >= ?2 AND h.ordinal < ?3 AND r.outcome = \(StoredOutcome.unfinished)
                AND r.image \(database.dialect.among("?4"))
            """
        let place: [(any StoreBindable)?] = [
            job.key, hosts.lowerBound, hosts.upperBound, NumberList.text(images),
        ]
        let outcome = StoredOutcome.number(.error)
        try database.run(
            """
            INSERT INTO host_image_end (\(columns.joined(separator: ", ")))
            SELECT h.host_id, i.image_id, ?5, \(outcome), ?6, ?7, ?8, 1 \(waiting) ORDER BY h.host_id, i.image_id \(again)
            """,
            place + [job.id.text, cause.reason?.rawValue, cause.detail, now]
        )
        return try database.all("SELECT h.host_id, i.image_id \(waiting)", place) { row in
            HostImageEnd(
                host: row[0],
                image: try Stored.imageID(row[1]),
                job: job.id,
                outcome: .error,
                reason: cause.reason,
                detail: cause.detail,
                at: now
            )
        }
    }

    /// Writes those that didn't go well, and takes away rows of those that did.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - ends: What ended, in its order; of several ends of a host and image the last one counts.
    ///   - hasRow: Whether there may be a row of a host and image.
    /// - Throws: What the disk says.
    static func write(
        _ database: any StoreConnection,
        _ ends: [HostImageEnd],
        hasRow: (HostImageEnd) -> Bool
    ) throws {
        var values: [(any StoreBindable)?] = []
        // A statement takes each row once, and all who write take rows in one order.
        let last = Dictionary(ends.map { (Place(host: $0.host, image: $0.image), $0) }) { $1 }
        for end in last.values.sorted(by: { ($0.host, $0.image) < ($1.host, $1.image) }) {
            guard end.isGood else {
                values += [
                    end.host, end.image.text, end.job.text, StoredOutcome.number(end.outcome),
                    end.reason?.rawValue,
                    end.detail, end.at, end.failures,
                ]
                continue
            }
            guard hasRow(end) else { continue }
            try database.run(
                "DELETE FROM host_image_end WHERE host_id = ?1 AND image_id = ?2",
                [end.host, end.image.text]
            )
        }
        try new.write(database, values)
    }

    private struct Place: Hashable {
        let host: Int64
        let image: ImageID
    }

    private var isGood: Bool { outcome == .cached || outcome == .existing }

    /// All since a time.
    static func all(_ database: any StoreConnection, since: Timestamp) throws -> [HostImageEnd] {
        try database.all(select + " WHERE at >= ?1", [since], read)
    }

    /// Those of an image on some hosts, by host.
    static func of(
        _ image: ImageID,
        _ hosts: [Int64],
        _ database: any StoreConnection
    ) throws -> [Int64: HostImageEnd] {
        let sql = select + " WHERE image_id = ?1 AND host_id \(database.dialect.among("?2"))"
        let found = try database.all(sql, [image.text, NumberList.text(hosts)], read)
        return Dictionary(found.map { ($0.host, $0) }) { $1 }
    }

    private static let select = """
        SELECT host_id, image_id, job, outcome, reason, detail, at, failures FROM host_image_end
        """

    private static func read(_ row: any StoreRow) throws -> HostImageEnd {
        HostImageEnd(
            host: row[0],
            image: try Stored.imageID(row[1]),
            job: try Stored.jobID(row[2]),
            outcome: try StoredOutcome.outcome(row[3], hostState: .done),
            reason: (row[4] as String?).flatMap(Reason.init(rawValue:)),
            detail: row[5],
            at: row[6],
            failures: row[7]
        )
    }

    var end: ImageCopy.End {
        ImageCopy.End(job: job, outcome: outcome, reason: reason, detail: detail, at: at)
    }

    /// Tells the fleet in memory.
    func give(to fleet: inout Fleet) {
        // A host that went down in its turn counts, too: one that flaps isn't asked each time that it comes up.
        let isFailure = outcome == .error || outcome == .skipped
        fleet.ended(
            outcome,
            of: image,
            on: host,
            at: at,
            failure: isFailure ? ImageFailure(count: failures, at: at, reason: reason) : nil
        )
    }
}
