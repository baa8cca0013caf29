internal import PrecacheModel
internal import TextForms

/// The inventory's tables.
package enum InventorySchema {
    /// The first step; others' tables come after it.
    package static let migrations = [
        StoreMigration("2026-11-inventory", sql: hosts + aggregates + images)
    ]

    /// Steps that came after the jobs' tables.
    package static let additions = [
        StoreMigration("2026-11-damaged-files", sql: damagedFiles),
        StoreMigration("2026-11-compute-uuids") { try addComputeUUIDs($0) },
    ]

    /// Nova's clients know a host's service and hypervisor by UUIDs, which must not change with time.
    ///
    /// SQLite adds no column that must not be null without a constant default: rows get theirs here, and whoever
    /// inserts gives them.
    private static func addComputeUUIDs(_ database: any StoreConnection) throws {
        try database.script(
            """
            ALTER TABLE host ADD COLUMN service_uuid TEXT NOT NULL DEFAULT '';
            ALTER TABLE host ADD COLUMN hypervisor_uuid TEXT NOT NULL DEFAULT '';
            """
        )
        let hosts = try database.all("SELECT id FROM host") { $0[0] as Int64 }
        for id in hosts {
            try database.run(
                "UPDATE host SET service_uuid = ?1, hypervisor_uuid = ?2 WHERE id = ?3",
                [UUIDText.make(), UUIDText.make(), id]
            )
        }
        try database.script(
            """
            CREATE UNIQUE INDEX host_by_service_uuid ON host (service_uuid);
            CREATE UNIQUE INDEX host_by_hypervisor_uuid ON host (hypervisor_uuid);
            """
        )
    }

    /// AUTOINCREMENT: an id is never used again, since Nova's clients keep integer ids.
    ///
    /// Times are microseconds since 1970. What a host has cached is a table of its own, so that a heartbeat that
    /// only says "still here" rewrites a short row.
    private static let hosts = """
        CREATE TABLE host (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            address TEXT NOT NULL,
            port INTEGER NOT NULL,
            enabled INTEGER NOT NULL,
            disabled_reason TEXT,
            labels TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE heartbeat (
            host_id INTEGER PRIMARY KEY REFERENCES host (id) ON DELETE CASCADE,
            received_at INTEGER NOT NULL,
            interval_ms INTEGER NOT NULL,
            version TEXT,
            started_at INTEGER,
            disk_total_bytes INTEGER,
            disk_free_bytes INTEGER,
            cache_images INTEGER NOT NULL,
            cache_bytes INTEGER NOT NULL,
            tasks INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE heartbeat_images (
            host_id INTEGER PRIMARY KEY REFERENCES host (id) ON DELETE CASCADE,
            images TEXT NOT NULL
        ) STRICT;
        """

    private static let aggregates = """
        CREATE TABLE aggregate (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uuid TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL UNIQUE,
            availability_zone TEXT,
            metadata TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE aggregate_host (
            aggregate_id INTEGER NOT NULL REFERENCES aggregate (id) ON DELETE CASCADE,
            host_id INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
            PRIMARY KEY (aggregate_id, host_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX aggregate_host_by_host ON aggregate_host (host_id);
        """

    private static let damagedFiles = """
        ALTER TABLE heartbeat ADD COLUMN cache_damaged INTEGER NOT NULL DEFAULT 0;
        """

    private static let images = """
        CREATE TABLE image (
            id TEXT PRIMARY KEY,
            name TEXT,
            url TEXT NOT NULL,
            size_bytes INTEGER,
            hash_algorithm TEXT,
            hash TEXT,
            disk_format TEXT NOT NULL,
            allow_unverified INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
