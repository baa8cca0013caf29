internal import PrecacheModel
import TextForms

/// SQL about hosts.
enum HostRows {
    /// The columns of ``record(_:)``; lists leave out what is cached.
    private static let select = "SELECT \(columns) \(tables)"

    private static let tables = "FROM host h LEFT JOIN heartbeat b ON b.host_id = h.id"

    private static let columns = """
        h.id, h.name, h.address, h.port, h.enabled, h.disabled_reason, h.labels, h.created_at, h.updated_at,
            b.received_at, b.interval_ms, b.version, b.started_at, b.disk_total_bytes, b.disk_free_bytes,
            b.cache_images, b.cache_bytes, b.tasks, b.cache_damaged, b.capabilities, h.mesh_out_until, h.mesh_out_why
        """

    static func find(_ database: any StoreConnection, _ name: HostName) throws -> HostRecord? {
        try database.first(select + " WHERE h.name = ?1", [name.text], record)
    }

    static func id(_ database: any StoreConnection, _ name: HostName) throws -> Int64? {
        try database.first("SELECT id FROM host WHERE name = ?1", [name.text]) { $0[0] }
    }

    /// Hosts after a name, by name.
    static func page(_ database: any StoreConnection, after name: String, limit: Int) throws -> [HostRecord] {
        try database.all(select + " WHERE h.name > ?1 ORDER BY h.name LIMIT ?2", [name, limit], record)
    }

    /// All hosts, by number, with the UUIDs of their services and hypervisors.
    static func compute(
        _ database: any StoreConnection
    ) throws -> [(host: HostRecord, serviceUUID: String, hypervisorUUID: String)] {
        try database.all("SELECT \(columns), h.service_uuid, h.hypervisor_uuid \(tables) ORDER BY h.id") {
            (try record($0), $0[22], $0[23])
        }
    }

    /// All hosts' numbers and entries.
    static func entries(_ database: any StoreConnection) throws -> [(id: Int64, entry: HostEntry)] {
        try database.all("SELECT id, name, address, port, enabled, disabled_reason, labels FROM host") {
            ($0[0], try entry($0, from: 1))
        }
    }

    static func insert(
        _ database: any StoreConnection,
        _ entry: HostEntry,
        labels: String,
        at now: Timestamp
    ) throws -> Int64 {
        let id: Int64? = try database.first(
            """
            INSERT INTO host (name, address, port, enabled, disabled_reason, labels, created_at, updated_at,
                service_uuid, hypervisor_uuid)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9) RETURNING id
            """,
            [
                entry.name.text, entry.address, entry.port, entry.isEnabled, entry.disabledReason, labels,
                now, UUIDText.make(), UUIDText.make(),
            ]
        ) { $0[0] }
        return id ?? 0
    }

    /// Makes a host's entry this one; what was disabled and is enabled may exchange images again.
    static func update(
        _ database: any StoreConnection,
        id: Int64,
        _ entry: HostEntry,
        labels: String,
        at now: Timestamp
    ) throws {
        try database.run(
            """
            UPDATE host SET address = ?1, port = ?2, enabled = ?3, disabled_reason = ?4, labels = ?5, updated_at = ?6,
                mesh_out_until = CASE WHEN enabled = 0 AND ?3 = 1 THEN NULL ELSE mesh_out_until END
            WHERE id = ?7
            """,
            [entry.address, entry.port, entry.isEnabled, entry.disabledReason, labels, now, id]
        )
    }

    /// Keeps a host out of exchanges until a time, or longer if it is kept out already; one that is gone is passed over.
    static func keepOut(
        _ database: any StoreConnection,
        _ host: HostName,
        _ isOut: OutOfExchanges,
        at now: Timestamp
    ) throws {
        try database.run(
            """
            UPDATE host SET mesh_out_until = ?1, mesh_out_why = ?2
            WHERE name = ?3 AND (mesh_out_until IS NULL OR mesh_out_until < ?1 OR mesh_out_until > ?4)
            """,
            [isOut.until, isOut.why, host.text, now + OutOfExchanges.longest]
        )
    }

    static func delete(_ database: any StoreConnection, id: Int64) throws {
        try database.run("DELETE FROM host_image_end WHERE host_id = ?1", [id])
        try database.run("DELETE FROM host WHERE id = ?1", [id])
    }

    private static func record(_ row: any StoreRow) throws -> HostRecord {
        HostRecord(
            id: row[0],
            entry: try entry(row, from: 1),
            createdAt: row[7],
            updatedAt: row[8],
            lastHeartbeat: heartbeat(row, from: 9),
            isOut: (row[20] as Timestamp?).map { OutOfExchanges(until: $0, why: row[21] ?? "") }
        )
    }

    /// Reads name, address, port, enabled, disabled_reason and labels.
    private static func entry(_ row: any StoreRow, from first: Int) throws -> HostEntry {
        HostEntry(
            name: try Stored.hostName(row[first]),
            address: row[first + 1] as String,
            port: row[first + 2],
            isEnabled: row[first + 3],
            disabledReason: row[first + 4],
            labels: try JSONText.decode(row[first + 5])
        )
    }

    private static func heartbeat(_ row: any StoreRow, from first: Int) -> HeartbeatRecord? {
        guard let moment = HeartbeatRows.moment(row, from: first) else { return nil }
        return HeartbeatRecord(
            receivedAt: moment.at,
            interval: moment.interval,
            version: row[first + 2],
            startedAt: row[first + 3],
            diskTotalBytes: row[first + 4],
            diskFreeBytes: row[first + 5],
            cacheImages: row[first + 6],
            cacheBytes: row[first + 7],
            cacheDamaged: row[first + 9],
            tasks: row[first + 8],
            capabilities: HeartbeatRows.capabilities(row[first + 10])
        )
    }
}
