internal import PrecacheModel

/// Finds the waiting hosts of a job that can't take part: disabled, gone from the inventory, or down.
struct UnavailableHosts {
    let database: any StoreConnection
    let inventory: StoredInventory
    let now: Timestamp

    /// A host and the outcome that it gets.
    struct Found {
        let ordinal: Int
        let result: ImageOutcome
    }

    func find(job: Int64, heartbeatsSince: Timestamp) throws -> [Found] {
        // SQL leaves those that may be unavailable by what is stored; memory knows newer heartbeats.
        let sql = """
            SELECT j.ordinal, h.id, h.enabled, h.disabled_reason, b.received_at, b.interval_ms
            FROM job_host j
            LEFT JOIN host h ON h.id = j.host_id
            LEFT JOIN heartbeat b ON b.host_id = h.id
            WHERE j.job_id = ?1 AND \(HostStanding.isWaiting("j."))
                AND (h.id IS NULL OR h.enabled = 0 OR b.received_at <= ?2)
            ORDER BY j.ordinal
            """
        var found: [Found] = []
        try database.rows(sql, [job, now + inventory.clockOffset()]) { row in
            guard let result = result(row, heartbeatsSince: heartbeatsSince) else { return }
            found.append(Found(ordinal: row[0], result: result))
        }
        return found
    }

    private func result(_ row: any StoreRow, heartbeatsSince: Timestamp) -> ImageOutcome? {
        guard let hostID = row[1] as Int64? else {
            return skipped(.hostDisabled, "the inventory no longer has this host")
        }
        guard row[2] as Bool else { return skipped(.hostDisabled, row[3]) }
        let stored = HeartbeatRows.moment(row, from: 4)
        guard let (last, interval) = inventory.newestHeartbeat(of: hostID, stored: stored),
            HostState.of(receivedAt: max(last, heartbeatsSince), interval: interval, now: now) == .down
        else { return nil }
        return skipped(.hostDown, "the last heartbeat came at \(last)")
    }

    private func skipped(_ reason: Reason, _ detail: String?) -> ImageOutcome {
        ImageOutcome(.skipped, reason: reason, detail: detail)
    }
}

/// Finds the waiting hosts of a job on which a process that is gone had begun a task: their agents may be at work on it.
///
/// Only a claim that was taken back is due at once and has begun: a host that waits for its first attempt has not begun,
/// and one that waits for another is due at a moment.
struct LeftAtWork {
    let database: any StoreConnection
    let inventory: StoredInventory
    let now: Timestamp

    /// SQL for those among the waiting; `prefix` names the table.
    static func condition(_ prefix: String) -> String {
        "\(prefix)next_attempt_at = 0 AND \(prefix)started_at IS NOT NULL"
    }

    /// Those hosts, by their places.
    func find(job: Int64) throws -> [Int: ClaimedHost] {
        let sql = """
            SELECT j.ordinal, j.host_id, j.name, j.attempt FROM job_host j
            WHERE j.job_id = ?1 AND \(HostStanding.isWaiting("j.")) AND \(Self.condition("j."))
            """
        let rows = try database.all(sql, [job]) { row in
            (ordinal: row[0] as Int, id: row[1] as Int64, name: row[2] as String, attempt: row[3] as Int)
        }
        let known = try inventory.reachable(database, rows.map(\.id), now: now)
        var found: [Int: ClaimedHost] = [:]
        for row in rows {
            found[row.ordinal] = .claimed(
                row.ordinal,
                try Stored.hostName(row.name),
                known[row.id],
                attempt: row.attempt + 1,
                images: []
            )
        }
        return found
    }
}
