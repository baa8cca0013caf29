internal import GRDB

/// The inventory's tables.
public enum InventorySchema {
    /// Every step, oldest first.
    public static let migrations = [
        StoreMigration("2026-11-inventory") { try $0.execute(sql: hosts + aggregates + images) }
    ]

    /// Steps that came after the jobs' tables.
    public static let additions = [
        StoreMigration("2026-11-damaged-files") { try $0.execute(sql: damagedFiles) }
    ]

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
