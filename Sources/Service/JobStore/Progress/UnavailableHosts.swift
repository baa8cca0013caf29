internal import GRDB
internal import Inventory
internal import PrecacheModel

/// Finds the waiting hosts of a job that can't take part: disabled, gone from the inventory, or down.
struct UnavailableHosts {
    let database: Database
    let inventory: SQLiteInventory
    let now: Timestamp

    /// A host and the outcome that it gets.
    struct Found {
        let host: HostStanding
        let result: ImageOutcome
    }

    func find(job: Int64, heartbeatsSince: Timestamp) throws -> [Found] {
        // SQL leaves those that may be unavailable by what is stored; memory knows newer heartbeats.
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(HostStanding.columns), h.id, h.enabled, h.disabled_reason, b.received_at, b.interval_ms
                FROM job_host j
                LEFT JOIN host h ON h.id = j.host_id
                LEFT JOIN heartbeat b ON b.host_id = h.id
                WHERE j.job_id = ? AND j.state = 0 AND (h.id IS NULL OR h.enabled = 0 OR b.received_at <= ?)
                """
        )
        let rows = try Row.fetchAll(statement, arguments: [job, now.microseconds])
        return try rows.compactMap { row in
            guard let result = result(row, heartbeatsSince: heartbeatsSince) else { return nil }
            return Found(host: try HostStanding(row), result: result)
        }
    }

    private func result(_ row: Row, heartbeatsSince: Timestamp) -> ImageOutcome? {
        guard let hostID = row[5] as Int64? else {
            return skipped(.hostDisabled, "the inventory no longer has this host")
        }
        guard row[6] as Bool else { return skipped(.hostDisabled, row[7]) }
        let stored = (row[8] as Int64?).map {
            (Timestamp(microseconds: $0), Duration.milliseconds(row[9] as Int64))
        }
        guard let (last, interval) = inventory.newestHeartbeat(of: hostID, stored: stored),
            HostState.of(receivedAt: max(last, heartbeatsSince), interval: interval, now: now) == .down
        else { return nil }
        return skipped(.hostDown, "the last heartbeat came at \(last)")
    }

    private func skipped(_ reason: Reason, _ detail: String?) -> ImageOutcome {
        ImageOutcome(.skipped, reason: reason, detail: detail)
    }
}
