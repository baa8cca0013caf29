package import PrecacheModel

/// Hosts, aggregates, the image catalogue and heartbeats, in the service's database.
///
/// Every change is durable when its call returns; heartbeats are, a few seconds later.
package final class StoredInventory: Sendable {
    let engine: any StoreEngine
    let book = HeartbeatBook()
    let clock: @Sendable () -> Timestamp

    /// Works on an open database, by the wall clock.
    package init(engine: any StoreEngine, clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.engine = engine
        self.clock = clock
    }

    /// What claims need to know of hosts, by their numbers; those that are gone are missing.
    func reachable(_ database: any StoreConnection, _ hosts: [Int64]) throws -> [Int64: ReachableHost] {
        guard !hosts.isEmpty else { return [:] }
        var found: [Int64: ReachableHost] = [:]
        found.reserveCapacity(hosts.count)
        let sql = """
            SELECT h.id, h.address, h.port, h.enabled, b.received_at, b.interval_ms
            FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id
            WHERE h.id IN \(database.dialect.elements("?1"))
            """
        try database.rows(sql, [NumberList.text(hosts)]) { row in
            let newest = newestHeartbeat(of: row[0], stored: HeartbeatRows.moment(row, from: 4))
            found[row[0]] = ReachableHost(
                address: row[1],
                port: row[2],
                isEnabled: row[3],
                heartbeatAt: newest?.at,
                heartbeatInterval: newest?.interval ?? .zero
            )
        }
        return found
    }

    /// When a host's newest heartbeat came and how often it sends them; memory knows newer ones than the rows.
    func newestHeartbeat(
        of hostID: Int64,
        stored: (at: Timestamp, interval: Duration)?
    ) -> (at: Timestamp, interval: Duration)? {
        book.newest(of: hostID).map { ($0.receivedAt, $0.interval) } ?? stored
    }

    /// Counts hosts by state, from the rows: at most a flush of heartbeats behind, and while none can be written nobody is
    /// called silent for that.
    func countHosts(
        _ database: any StoreConnection,
        now: Timestamp,
        in statistics: inout ServiceStatistics
    ) throws {
        // The rule of HostState.of(receivedAt:interval:now:), in microseconds.
        let sql = """
            WITH beat AS (
                SELECT h.enabled, ?1 - \(database.dialect.greatest)(b.received_at, ?2) AS age,
                    \(database.dialect.greatest)(b.interval_ms, 1000) * 1000 * \(HostState.missedIntervals) AS allowed
                FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id)
            SELECT count(*), count(*) FILTER (WHERE enabled = 0), count(*) FILTER (WHERE age >= allowed),
                count(*) FILTER (WHERE age < allowed AND age >= -allowed)
            FROM beat
            """
        try database.rows(sql, [now, book.unwrittenSince]) { row in
            let (total, down, up): (Int, Int, Int) = (row[0], row[2], row[3])
            statistics.disabledHosts = row[1]
            statistics.hosts = [.down: down, .up: up, .unknown: total - down - up]
        }
    }
}

/// What a claim needs to know of a host.
struct ReachableHost {
    let address: String
    let port: Int
    let isEnabled: Bool
    let heartbeatAt: Timestamp?
    let heartbeatInterval: Duration
}
