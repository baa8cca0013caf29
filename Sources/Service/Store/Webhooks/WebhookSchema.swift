/// The tables of webhooks.
enum WebhookSchema {
    static let migration = StoreMigration("2026-11-webhooks", sql: tables)

    /// The secret is as it is, since deliveries are signed with it: the file is its owner's alone.
    ///
    /// Events up to `start_after` are not the webhook's; a cursor says how far it is in one job, and a job without one
    /// begins there. `events` and `aggregates` are JSON arrays, empty for all.
    private static let tables = """
        CREATE TABLE webhook (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            secret TEXT NOT NULL,
            format TEXT NOT NULL,
            events TEXT NOT NULL,
            aggregates TEXT NOT NULL,
            enabled INTEGER NOT NULL,
            from_settings INTEGER NOT NULL,
            start_after INTEGER NOT NULL,
            delivered INTEGER NOT NULL DEFAULT 0,
            dropped INTEGER NOT NULL DEFAULT 0,
            failing_since INTEGER,
            last_error TEXT,
            last_delivery_at INTEGER,
            paused_at INTEGER,
            paused_reason TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE webhook_cursor (
            job_id INTEGER NOT NULL,
            webhook_id INTEGER NOT NULL,
            event_id INTEGER NOT NULL,
            PRIMARY KEY (job_id, webhook_id)
        ) STRICT, WITHOUT ROWID;
        """
}
