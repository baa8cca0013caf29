internal import GRDB
internal import PrecacheModel

/// SQL about heartbeats.
enum HeartbeatRows {
    /// Writes one; a host that has been deleted meanwhile is passed over.
    static func write(_ database: Database, _ beat: HeartbeatBook.Unwritten) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO heartbeat (host_id, received_at, interval_ms, version, started_at, disk_total_bytes,
                    disk_free_bytes, cache_images, cache_bytes, tasks, cache_damaged)
                SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM host WHERE id = ?
                ON CONFLICT (host_id) DO UPDATE SET received_at = excluded.received_at,
                    interval_ms = excluded.interval_ms, version = excluded.version,
                    started_at = excluded.started_at, disk_total_bytes = excluded.disk_total_bytes,
                    disk_free_bytes = excluded.disk_free_bytes, cache_images = excluded.cache_images,
                    cache_bytes = excluded.cache_bytes, tasks = excluded.tasks,
                    cache_damaged = excluded.cache_damaged
                """
        )
        let record = beat.record
        try statement.execute(arguments: [
            record.receivedAt.microseconds, milliseconds(record.interval), record.version,
            record.startedAt?.microseconds, record.diskTotalBytes, record.diskFreeBytes, record.cacheImages,
            record.cacheBytes, record.tasks, record.cacheDamaged, beat.hostID,
        ])
        guard let images = beat.images else { return }
        let list = try database.cachedStatement(
            sql: """
                INSERT INTO heartbeat_images (host_id, images) SELECT id, ? FROM host WHERE id = ?
                ON CONFLICT (host_id) DO UPDATE SET images = excluded.images
                """
        )
        try list.execute(arguments: [try JSONText.encode(images: images), beat.hostID])
    }

    /// What a host has cached, as last written.
    static func images(_ database: Database, hostID: Int64) throws -> [HeartbeatImage] {
        let statement = try database.cachedStatement(
            sql: "SELECT images FROM heartbeat_images WHERE host_id = ?"
        )
        guard let text = try String.fetchOne(statement, arguments: [hostID]) else { return [] }
        return try JSONText.decode(images: text)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
