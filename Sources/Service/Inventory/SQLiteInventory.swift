package import GRDB
package import PrecacheModel

/// Hosts, aggregates, the image catalogue and heartbeats, in the service's database.
///
/// Every change is durable when its call returns; heartbeats are, a few seconds later.
package final class SQLiteInventory: Sendable {
    let database: StoreDatabase
    let book = HeartbeatBook()
    let clock: @Sendable () -> Timestamp

    /// Works on an open database.
    ///
    /// - Parameters:
    ///   - database: With the inventory's schema.
    ///   - clock: The wall clock.
    package init(database: StoreDatabase, clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.database = database
        self.clock = clock
    }

    /// What a claim needs to know of a host; nil if it is gone.
    package func reachable(_ database: Database, hostID: Int64) throws -> ReachableHost? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT h.address, h.port, h.enabled, b.received_at, b.interval_ms
                FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id WHERE h.id = ?
                """
        )
        guard let row = try Row.fetchOne(statement, arguments: [hostID]) else { return nil }
        let stored = (row[3] as Int64?).map {
            (Timestamp(microseconds: $0), Duration.milliseconds(row[4] as Int64))
        }
        let newest = newestHeartbeat(of: hostID, stored: stored)
        return ReachableHost(
            address: row[0],
            port: row[1],
            isEnabled: row[2],
            heartbeatAt: newest?.at,
            heartbeatInterval: newest?.interval ?? .zero
        )
    }

    /// When a host's newest heartbeat came and how often it sends them; memory knows newer ones than the rows.
    package func newestHeartbeat(
        of hostID: Int64,
        stored: (at: Timestamp, interval: Duration)?
    ) -> (at: Timestamp, interval: Duration)? {
        book.newest(of: hostID).map { ($0.receivedAt, $0.interval) } ?? stored
    }
}
