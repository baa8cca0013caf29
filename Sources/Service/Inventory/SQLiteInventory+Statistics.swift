package import GRDB
package import PrecacheModel

extension SQLiteInventory {
    /// Counts hosts by state, from the rows: at most a flush of heartbeats behind.
    package static func countHosts(
        _ database: Database,
        now: Timestamp,
        in statistics: inout ServiceStatistics
    ) throws {
        // The rule of HostState.of(receivedAt:interval:now:), in microseconds.
        let row = try Row.fetchOne(
            database,
            sql: """
                WITH beat AS (
                    SELECT h.enabled, ?1 - b.received_at AS age,
                        max(b.interval_ms, 1000) * 1000 * \(HostState.missedIntervals) AS allowed
                    FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id)
                SELECT count(*), coalesce(sum(enabled = 0), 0), coalesce(sum(age >= allowed), 0),
                    coalesce(sum(age < allowed AND age >= -allowed), 0)
                FROM beat
                """,
            arguments: [now.microseconds]
        )
        guard let row else { return }
        let (total, down, up): (Int, Int, Int) = (row[0], row[2], row[3])
        statistics.disabledHosts = row[1]
        statistics.hosts = [.down: down, .up: up, .unknown: total - down - up]
    }
}
