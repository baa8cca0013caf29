internal import PrecacheModel

/// SQL about hosts and images: which of them jobs are about to bring together, or have.
enum JobPairs {
    /// The images that open jobs are to bring to hosts, by the hosts' numbers.
    static func open(_ database: any StoreConnection) throws -> [(host: Int64, image: ImageID)] {
        let sql = sql(
            database,
            "h.host_id, i.image_id",
            "j.\(StoredJobState.open) AND r.outcome = \(StoredOutcome.unfinished)"
        )
        return try database.all(sql, []) { ($0[0], try Stored.imageID($0[1])) }
    }

    /// The same of some hosts, with what jobs have brought there since a time.
    static func open(
        _ database: any StoreConnection,
        on hosts: [Int64],
        orBroughtSince since: Timestamp
    ) throws -> [(host: Int64, image: ImageID)] {
        let condition = """
            (j.\(StoredJobState.open) OR j.finished_at >= ?1) AND h.host_id \(database.dialect.among("?2"))
            AND (r.outcome = \(StoredOutcome.unfinished) OR r.outcome IN \(StoredOutcome.goodList) AND r.finished_at >= ?1)
            """
        let sql = sql(database, "h.host_id, i.image_id", condition)
        return try database.all(sql, [since, NumberList.text(hosts)]) { ($0[0], try Stored.imageID($0[1])) }
    }

    /// What jobs have brought to hosts since a time.
    static func brought(
        _ database: any StoreConnection,
        since: Timestamp
    ) throws -> [(host: Int64, image: ImageID, at: Timestamp)] {
        let condition = """
            (j.\(StoredJobState.open) OR j.finished_at >= ?1)
            AND r.outcome IN \(StoredOutcome.goodList) AND r.finished_at >= ?1
            """
        let sql = sql(database, "h.host_id, i.image_id, r.finished_at", condition)
        return try database.all(sql, [since]) { ($0[0], try Stored.imageID($0[1]), $0[2]) }
    }

    private static func sql(
        _ database: any StoreConnection,
        _ columns: String,
        _ condition: String
    ) -> String {
        """
        SELECT \(columns) FROM job j
        \(database.dialect.ordered) job_host h ON h.job_id = j.id
        \(database.dialect.ordered) job_result r ON r.job_id = h.job_id AND r.host = h.ordinal
        \(database.dialect.ordered) job_image i ON i.job_id = r.job_id AND i.ordinal = r.image
        WHERE \(condition)
        """
    }
}
