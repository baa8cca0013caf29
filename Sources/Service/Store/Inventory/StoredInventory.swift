internal import Coverage
package import PrecacheModel
internal import Synchronization

/// Hosts, aggregates, the image catalogue and heartbeats, in the service's database.
///
/// Every change is durable when its call returns; heartbeats are, a few seconds later.
package final class StoredInventory: Sendable {
    let engine: any StoreEngine
    let book: HeartbeatBook
    /// Which host has which image, as far as this process has heard.
    let fleetBook: FleetBook
    let clock: @Sendable () -> Timestamp

    /// Works on an open database, by the wall clock.
    package init(
        engine: any StoreEngine,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        self.engine = engine
        self.clock = clock
        book = HeartbeatBook(isShared: engine.isShared)
        fleetBook = FleetBook(listeningSince: clock())
    }

    /// What claims need to know of hosts, by their numbers; those that are gone are missing.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - hosts: Their numbers.
    ///   - now: The wall clock, by which a host may be kept out of exchanges.
    /// - Returns: What is known of each.
    /// - Throws: What the disk says.
    func reachable(
        _ database: any StoreConnection,
        _ hosts: [Int64],
        now: Timestamp
    ) throws -> [Int64: ReachableHost] {
        guard !hosts.isEmpty else { return [:] }
        var found: [Int64: ReachableHost] = [:]
        found.reserveCapacity(hosts.count)
        let sql = """
            SELECT h.id, h.address, h.port, h.enabled, b.received_at, b.interval_ms, b.capabilities, h.mesh_out_until,
                h.labels, \(ZoneRows.first(of: "h.id"))
            FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id
            WHERE h.id \(database.dialect.among("?1"))
            """
        try database.rows(sql, [NumberList.text(hosts)]) { row in
            let stored = HeartbeatRows.moment(row, from: 4)
            let newest = newestHeartbeat(of: row[0], stored: stored)
            let capabilities =
                book.newest(of: row[0], stored: stored?.at)?.capabilities
                ?? HeartbeatRows.capabilities(row[6] ?? "")
            let isOut = (row[7] as Timestamp?).map { OutOfExchanges.holds(until: $0, at: now) } ?? false
            found[row[0]] = ReachableHost(
                address: row[1],
                port: row[2],
                isEnabled: row[3],
                heartbeatAt: newest?.at,
                heartbeatInterval: newest?.interval ?? .zero,
                exchanges: !isOut && capabilities.contains(HeartbeatRecord.relay),
                zone: try Self.zone(labels: row[8]) ?? row[9]
            )
        }
        return found
    }

    /// The label that names a host's zone, if it has one.
    private static func zone(labels: String) throws -> String? {
        // Most hosts have none, and reading JSON costs more than all else here.
        guard labels.contains(#""zone":"#) else { return nil }
        return try JSONText.decode(labels)["zone"]
    }

    /// When a host's newest heartbeat came and how often it sends them: memory knows newer ones than the rows, and rows those
    /// that came to others.
    func newestHeartbeat(
        of hostID: Int64,
        stored: (at: Timestamp, interval: Duration)?
    ) -> (at: Timestamp, interval: Duration)? {
        book.newest(of: hostID, stored: stored?.at).map { ($0.receivedAt, $0.interval) } ?? stored
    }

    /// Counts hosts by state.
    func countHosts(
        _ database: any StoreConnection,
        now: Timestamp,
        in statistics: inout ServiceStatistics
    ) throws {
        let sql = """
            SELECT h.id, h.enabled, b.received_at, b.interval_ms
            FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id
            """
        statistics.hosts = [.down: 0, .up: 0, .unknown: 0]
        try database.rows(sql, []) { row in
            let isEnabled: Bool = row[1]
            if !isEnabled { statistics.disabledHosts += 1 }
            let newest = newestHeartbeat(of: row[0], stored: HeartbeatRows.moment(row, from: 2))
            let state = HostState.of(receivedAt: newest?.at, interval: newest?.interval ?? .zero, now: now)
            statistics.hosts[state, default: 0] += 1
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
    /// Whether its agent can exchange images, and nothing keeps it out now.
    let exchanges: Bool
    let zone: String?
}
