internal import PrecacheModel

/// Where one host of a job stands, with the images that have no outcome yet.
struct HostStanding {
    /// An image without an outcome, by its place in the job.
    struct OpenImage {
        let image: Int
        let bytesTotal: Int64?
        /// What attempts have got in exchanges so far; nil where there was none.
        var fromPeers: Int64?
        var fromSource: Int64?
        /// Nil where nothing came from another zone.
        var fromFar: Int64?

        /// Takes what an attempt came to; what is new of where its bytes came from, if anything.
        mutating func take(_ result: ImageOutcome) -> ImageGain? {
            var gain = ImageGain()
            if result.fromPeersBytes != nil || result.fromSourceBytes != nil {
                gain.isExchanged = true
                gain.fromPeers = ByteProgress.bounded(result.fromPeersBytes ?? 0)
                gain.fromSource = ByteProgress.bounded(result.fromSourceBytes ?? 0)
                gain.fromFar = ByteProgress.bounded(result.fromFarBytes ?? 0)
            } else if result.outcome == .cached {
                gain.fromSource = ByteProgress.bounded(result.bytesTotal ?? bytesTotal ?? result.bytesDone)
            } else {
                return nil
            }
            if gain.isExchanged || fromSource != nil {
                fromPeers = ByteProgress.boundedSum(fromPeers ?? 0, gain.fromPeers)
                fromSource = ByteProgress.boundedSum(fromSource ?? 0, gain.fromSource)
            }
            if gain.fromFar > 0 { fromFar = ByteProgress.boundedSum(fromFar ?? 0, gain.fromFar) }
            return gain
        }
    }

    let ordinal: Int
    /// Its number in the inventory, or that of a host that is gone.
    let hostID: Int64
    var state: StoredHostState
    var attempt: Int
    var unfinished: Int
    /// When a waiting host is due, in microseconds since 1970; 0 for at once.
    var nextAttempt: Int64 = 0
    /// By their places.
    var open: [OpenImage] = []
    var isChanged = false

    /// What ``init(_:)`` reads, of `job_host j`.
    static let columns = "j.ordinal, j.state, j.attempt, j.unfinished, j.host_id"

    /// SQL for the hosts that wait, in the words of their index; `prefix` names the table.
    static func isWaiting(_ prefix: String) -> String {
        "\(prefix)state = \(StoredHostState.waiting.rawValue)"
    }

    /// Reads a row that begins with ``columns``.
    init(_ row: any StoreRow) throws {
        guard let state = StoredHostState(rawValue: row[1]) else {
            throw StoreError(.corrupt, message: "a job's host has an unknown state")
        }
        ordinal = row[0]
        self.state = state
        attempt = row[2]
        unfinished = row[3]
        hostID = row[4]
    }

    /// What these hosts stand at, in two statements; those that the job doesn't have are missing.
    static func find(
        _ database: any StoreConnection,
        job: Int64,
        _ hosts: [Int]
    ) throws -> [Int: HostStanding] {
        let list = NumberList.text(hosts)
        var found: [Int: HostStanding] = [:]
        found.reserveCapacity(hosts.count)
        try database.rows(
            """
            SELECT \(columns) FROM job_host j WHERE j.job_id = ?1 AND j.ordinal \(database.dialect.among("?2"))
            """,
            [job, list]
        ) { row in
            let standing = try HostStanding(row)
            found[standing.ordinal] = standing
        }
        try rowsOfOpenImages(database, job: job, list) { row in
            found[row[0]]?.open.append(
                OpenImage(
                    image: row[1],
                    bytesTotal: row[2],
                    fromPeers: row[3],
                    fromSource: row[4],
                    fromFar: row[5]
                )
            )
        }
        return found
    }

    /// What is to be asked of the agents of claimed hosts: the images that have no outcome yet, by their places.
    ///
    /// An attempt that is taken up again is asked for all that it was asked for before, those too that ended in it: an agent
    /// that is at work on it takes nothing else for the same.
    static func orderedImages(
        _ database: any StoreConnection,
        job: Int64,
        _ hosts: [Int]
    ) throws -> [Int: [Int]] {
        guard !hosts.isEmpty else { return [:] }
        var found: [Int: [Int]] = [:]
        try database.rows(
            """
            SELECT r.host, r.image FROM job_result r
            JOIN job_host h ON h.job_id = r.job_id AND h.ordinal = r.host
            WHERE r.job_id = ?1 AND r.host \(database.dialect.among("?2"))
                AND (r.outcome = \(StoredOutcome.unfinished) OR r.attempts = h.attempt)
            ORDER BY r.host, r.image
            """,
            [job, NumberList.text(hosts)]
        ) { found[$0[0], default: []].append($0[1]) }
        return found
    }

    private static func rowsOfOpenImages(
        _ database: any StoreConnection,
        job: Int64,
        _ hosts: String,
        _ body: (any StoreRow) throws -> Void
    ) throws {
        try database.rows(
            """
            SELECT host, image, bytes_total, from_peers_bytes, from_source_bytes, from_far_bytes FROM job_result
            WHERE job_id = ?1 AND host \(database.dialect.among("?2")) AND outcome = \(StoredOutcome.unfinished)
            ORDER BY host, image
            """,
            [job, hosts],
            body
        )
    }

    private static let change = RowSet(
        into: "job_host",
        ["job_id", "ordinal", "host_id", "name", "state", "attempt", "unfinished", "next_attempt_at"],
        conflict: """
            ON CONFLICT (job_id, ordinal) DO UPDATE SET state = excluded.state, attempt = excluded.attempt,
                unfinished = excluded.unfinished, next_attempt_at = excluded.next_attempt_at
            """
    )

    /// Writes standings back.
    static func store(_ database: any StoreConnection, job: Int64, _ hosts: [HostStanding]) throws {
        var values: [(any StoreBindable)?] = []
        values.reserveCapacity(hosts.count * 8)
        for host in hosts {
            // The row is there, so nothing is inserted: its number and name stay.
            values += [
                job, host.ordinal, 0, "", host.state.rawValue, host.attempt, host.unfinished,
                host.nextAttempt,
            ]
        }
        try change.write(database, values)
    }
}
