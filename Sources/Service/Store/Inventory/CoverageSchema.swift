/// What coverage and policies need beyond inventory and jobs.
enum CoverageSchema {
    /// Chained last.
    ///
    /// No key holds `host_image_end` to its host: a report of a host that has just been deleted isn't to fail.
    ///
    /// `inventory_state` has one row, whose `revision` rises with every change of hosts, aggregates and policies.
    static let migration = StoreMigration(
        "2026-12-coverage",
        sql: """
            ALTER TABLE heartbeat_images ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
            CREATE INDEX heartbeat_images_by_change ON heartbeat_images (changed_at);
            CREATE TABLE inventory_state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL) STRICT;
            CREATE TABLE host_image_end (
                host_id INTEGER NOT NULL,
                image_id TEXT NOT NULL,
                job TEXT NOT NULL,
                outcome INTEGER NOT NULL,
                reason TEXT,
                detail TEXT,
                at INTEGER NOT NULL,
                failures INTEGER NOT NULL,
                PRIMARY KEY (host_id, image_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX host_image_end_by_time ON host_image_end (at);
            CREATE TABLE policy (
                name TEXT PRIMARY KEY,
                spec TEXT NOT NULL,
                memory TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            ALTER TABLE job ADD COLUMN policy TEXT;
            ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
            ALTER TABLE job ADD COLUMN predicted_finish_at INTEGER;
            CREATE INDEX job_by_policy ON job (policy, created_at) WHERE policy IS NOT NULL;
            """
    )

    /// How policies stood; `causes` are words with commas, `status` is JSON of the API.
    static let history = StoreMigration(
        "2026-12-policy-history",
        sql: """
            CREATE TABLE policy_history (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                policy TEXT NOT NULL,
                at INTEGER NOT NULL,
                state TEXT NOT NULL,
                causes TEXT NOT NULL,
                status TEXT NOT NULL
            ) STRICT;
            CREATE INDEX policy_history_by_policy ON policy_history (policy, id);
            CREATE INDEX policy_history_by_time ON policy_history (at);
            """
    )

    /// How much of aggregates had which images: hosts by what the image was to them.
    ///
    /// No key holds it to its aggregate, whose deletion needn't wait for it.
    static let moments = StoreMigration(
        "2026-12-coverage-history",
        sql: """
            CREATE TABLE coverage_history (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                aggregate_id INTEGER NOT NULL,
                image_id TEXT NOT NULL,
                at INTEGER NOT NULL,
                total INTEGER NOT NULL,
                warm INTEGER NOT NULL,
                stale INTEGER NOT NULL,
                missing INTEGER NOT NULL,
                unsupported INTEGER NOT NULL,
                damaged INTEGER NOT NULL,
                disabled INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX coverage_history_by_pair ON coverage_history (aggregate_id, image_id, id);
            CREATE INDEX coverage_history_by_time ON coverage_history (at);
            """
    )
}
