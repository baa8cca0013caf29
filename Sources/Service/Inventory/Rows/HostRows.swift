internal import GRDB
internal import PrecacheModel
internal import TextForms

/// SQL about hosts.
enum HostRows {
    /// The columns of ``record(_:)``; lists leave out what is cached.
    private static let select = "SELECT \(columns) \(tables)"

    private static let tables = "FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id"

    private static let columns = """
        h.id, h.name, h.address, h.port, h.enabled, h.disabled_reason, h.labels, h.created_at, h.updated_at,
            b.received_at, b.interval_ms, b.version, b.started_at, b.disk_total_bytes, b.disk_free_bytes,
            b.cache_images, b.cache_bytes, b.tasks, b.cache_damaged
        """

    static func find(_ database: Database, _ name: HostName) throws -> HostRecord? {
        let statement = try database.cachedStatement(sql: select + " WHERE h.name = ?")
        return try Row.fetchOne(statement, arguments: [name.text]).map(record)
    }

    static func id(_ database: Database, _ name: HostName) throws -> Int64? {
        let statement = try database.cachedStatement(sql: "SELECT id FROM host WHERE name = ?")
        return try Int64.fetchOne(statement, arguments: [name.text])
    }

    /// Hosts after a name, by name.
    static func page(_ database: Database, after name: String, limit: Int) throws -> [HostRecord] {
        let statement = try database.cachedStatement(
            sql: select + " WHERE h.name > ? ORDER BY h.name LIMIT ?"
        )
        return try Row.fetchAll(statement, arguments: [name, limit]).map(record)
    }

    /// All hosts, by number, with the UUIDs of their services and hypervisors.
    static func compute(
        _ database: Database
    ) throws -> [(host: HostRecord, serviceUUID: String, hypervisorUUID: String)] {
        let statement = try database.cachedStatement(
            sql: "SELECT \(columns), h.service_uuid, h.hypervisor_uuid \(tables) ORDER BY h.id"
        )
        return try Row.fetchAll(statement).map { row in (try record(row), row[19], row[20]) }
    }

    static func insert(
        _ database: Database,
        _ entry: HostEntry,
        labels: String,
        at now: Timestamp
    ) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO host (name, address, port, enabled, disabled_reason, labels, created_at, updated_at,
                    service_uuid, hypervisor_uuid)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        try statement.execute(arguments: [
            entry.name.text, entry.address, entry.port, entry.isEnabled, entry.disabledReason, labels,
            now.microseconds, now.microseconds, UUIDText.make(), UUIDText.make(),
        ])
        return database.lastInsertedRowID
    }

    static func update(
        _ database: Database,
        id: Int64,
        _ entry: HostEntry,
        labels: String,
        at now: Timestamp
    ) throws {
        let statement = try database.cachedStatement(
            sql: """
                UPDATE host SET address = ?, port = ?, enabled = ?, disabled_reason = ?, labels = ?, updated_at = ?
                WHERE id = ?
                """
        )
        try statement.execute(arguments: [
            entry.address, entry.port, entry.isEnabled, entry.disabledReason, labels, now.microseconds, id,
        ])
    }

    static func delete(_ database: Database, id: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM host WHERE id = ?").execute(arguments: [id])
    }

    static func record(_ row: Row) throws -> HostRecord {
        HostRecord(
            id: row[0],
            entry: try entry(row, from: 1),
            createdAt: Timestamp(microseconds: row[7]),
            updatedAt: Timestamp(microseconds: row[8]),
            lastHeartbeat: heartbeat(row, from: 9)
        )
    }

    /// Reads name, address, port, enabled, disabled_reason and labels.
    static func entry(_ row: Row, from first: Int) throws -> HostEntry {
        HostEntry(
            name: try Stored.hostName(row[first]),
            address: row[first + 1] as String,
            port: row[first + 2],
            isEnabled: row[first + 3],
            disabledReason: row[first + 4],
            labels: try JSONText.decode(row[first + 5])
        )
    }

    private static func heartbeat(_ row: Row, from first: Int) -> HeartbeatRecord? {
        guard let receivedAt = row[first] as Int64? else { return nil }
        return HeartbeatRecord(
            receivedAt: Timestamp(microseconds: receivedAt),
            interval: .milliseconds(row[first + 1] as Int64),
            version: row[first + 2],
            startedAt: (row[first + 3] as Int64?).map { Timestamp(microseconds: $0) },
            diskTotalBytes: row[first + 4],
            diskFreeBytes: row[first + 5],
            cacheImages: row[first + 6],
            cacheBytes: row[first + 7],
            cacheDamaged: row[first + 9],
            tasks: row[first + 8]
        )
    }
}
