internal import PrecacheModel

/// The tables of jobs and tokens.
///
/// Rows below a job have no foreign key to it: 60,000 look-ups at a job's acceptance would buy nothing, since jobs only
/// go through retention, which removes what is below them. Nor have they one to a host: results outlive it.
package enum JobSchema {
    /// Every step, oldest first; run after the inventory's.
    package static let migrations = [
        StoreMigration("2026-11-jobs", sql: jobs + hosts + results + events),
        StoreMigration("2026-11-tokens", sql: tokens),
        StoreMigration("2026-11-job-keep", sql: "ALTER TABLE job ADD COLUMN keep_ms INTEGER"),
        StoreMigration("2026-11-image-origin", sql: imageOrigin),
    ]

    /// What came later; to be chained last.
    package static let additions = [
        StoreMigration("2026-11-job-account", sql: "ALTER TABLE job ADD COLUMN account TEXT")
    ]

    /// Chained after all of those.
    static let reasons = StoreMigration("2026-11-job-reasons", run: addReasons)

    /// Chained after that: exchanges of images among hosts.
    ///
    /// What a host can is in its heartbeat, as words between spaces; what a job was told is JSON (`MeshRecord`), and so is
    /// what crossed from zone to zone (`Crossings`). The bytes of an image, in its job, are counters of results like those of the job.
    static let exchanges = StoreMigration("2026-11-exchanges", run: addExchanges)

    /// `state` and the counters follow from the rows below and change with them, in one transaction.
    private static let jobs = """
        CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uuid TEXT NOT NULL UNIQUE,
            aggregate_id INTEGER NOT NULL,
            aggregate TEXT NOT NULL,
            state INTEGER NOT NULL,
            parallelism TEXT NOT NULL,
            host_timeout_ms INTEGER NOT NULL,
            max_attempts INTEGER NOT NULL,
            deadline_ms INTEGER NOT NULL,
            deadline_at INTEGER NOT NULL,
            retry_of TEXT,
            requested_by TEXT,
            cancel_requested_at INTEGER,
            hosts_total INTEGER NOT NULL,
            hosts_done INTEGER NOT NULL,
            pending INTEGER NOT NULL,
            running INTEGER NOT NULL,
            cached INTEGER NOT NULL,
            existing INTEGER NOT NULL,
            error INTEGER NOT NULL,
            unsupported INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            cancelled INTEGER NOT NULL,
            bytes_done INTEGER NOT NULL,
            bytes_total INTEGER NOT NULL,
            note TEXT,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER
        ) STRICT;
        CREATE INDEX job_by_state ON job (state, id);
        CREATE INDEX job_by_aggregate ON job (aggregate, id);
        CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL;
        CREATE TABLE job_image (
            job_id INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            image_id TEXT NOT NULL,
            name TEXT,
            url TEXT NOT NULL,
            size_bytes INTEGER,
            hash_algorithm TEXT,
            hash TEXT,
            disk_format TEXT NOT NULL,
            allow_unverified INTEGER NOT NULL,
            PRIMARY KEY (job_id, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE idempotency (
            key TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL,
            job_uuid TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_by_age ON idempotency (created_at);
        CREATE TABLE pruned_job (id INTEGER PRIMARY KEY) STRICT;
        """

    /// `state`: 0 waits, 1 claimed, 2 done.
    ///
    /// The claim's index holds the waiting rows alone, in the order in which they are claimed. Hosts are inserted by
    /// name, so both grow at their ends.
    private static let hosts = """
        CREATE TABLE job_host (
            job_id INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            host_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            state INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            next_attempt_at INTEGER NOT NULL,
            unfinished INTEGER NOT NULL,
            started_at INTEGER,
            PRIMARY KEY (job_id, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX job_host_waiting ON job_host (job_id, next_attempt_at, ordinal) WHERE state = 0;
        CREATE INDEX job_host_claimed ON job_host (job_id, ordinal) WHERE state = 1;
        CREATE UNIQUE INDEX job_host_by_name ON job_host (job_id, name);
        """

    /// `outcome` 0 is unfinished: shown as running while the host is claimed, as pending otherwise, so that a claim
    /// changes one row and not one for each image.
    ///
    /// The index holds what didn't end well, which is what people ask for, and which costs nothing at a job's acceptance.
    private static let results = """
        CREATE TABLE job_result (
            job_id INTEGER NOT NULL,
            host INTEGER NOT NULL,
            image INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            reason TEXT,
            detail TEXT,
            bytes_done INTEGER NOT NULL,
            bytes_total INTEGER,
            source TEXT,
            verified INTEGER,
            finished_at INTEGER,
            PRIMARY KEY (job_id, host, image)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX job_result_not_good ON job_result (job_id, outcome, host, image)
            WHERE outcome = 4 OR outcome = 6 OR outcome = 7;
        """

    /// An event's id comes from the counter, which outlives pruned jobs, so that ids rise over all of them; a job's
    /// events lie together.
    ///
    /// A final outcome's reason and detail are read from its result row.
    private static let events = """
        CREATE TABLE job_event (
            job_id INTEGER NOT NULL,
            id INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            at INTEGER NOT NULL,
            host INTEGER,
            image INTEGER,
            value INTEGER,
            attempt INTEGER,
            reason TEXT,
            detail TEXT,
            PRIMARY KEY (job_id, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE event_counter (last INTEGER NOT NULL) STRICT;
        INSERT INTO event_counter VALUES (0);
        """

    /// Events of all jobs in their order, for those who follow all.
    static let eventOrder = StoreMigration(
        "2026-12-event-order",
        sql: "CREATE INDEX job_event_by_number ON job_event (id);"
    )

    /// The trace that the request for a job was part of, as it came.
    static let trace = StoreMigration("2026-12-job-trace", sql: "ALTER TABLE job ADD COLUMN trace TEXT;")

    /// A revoked token's row stays as a record; its name may be given again.
    ///
    /// The token itself is nowhere.
    private static let tokens = """
        CREATE TABLE token (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_at IS NULL;
        """

    /// Where an image's particulars come from (`ImageOrigin`); a job with an unresolved one is kept from the dispatcher.
    private static let imageOrigin = """
        ALTER TABLE job_image ADD COLUMN origin TEXT NOT NULL DEFAULT 'catalogue';
        CREATE INDEX job_image_unresolved ON job_image (job_id) WHERE origin = 'unresolved';
        """

    /// What a job's results that aren't good have fetched, and how many have which reason, as a JSON object: counters like
    /// the others.
    private static func addReasons(_ database: any StoreConnection) throws {
        try database.script(
            """
            ALTER TABLE job ADD COLUMN bytes_in_vain INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE job ADD COLUMN reasons TEXT NOT NULL DEFAULT '{}';
            """
        )
        var (bytes, reasons) = ([Int64: Int64](), [Int64: [String: Int]]())
        // The very condition of the index `job_result_not_good`, so that nothing else is read.
        try database.rows(
            """
            SELECT job_id, reason, count(*), CAST(sum(CAST(bytes_done AS double precision)) AS bigint) FROM job_result
            WHERE outcome = 4 OR outcome = 6 OR outcome = 7 GROUP BY job_id, reason
            """,
            []
        ) { row in
            let job: Int64 = row[0]
            bytes[job] = ByteProgress.boundedSum(bytes[job] ?? 0, row[3])
            if let reason = row[1] as String? { reasons[job, default: [:]][reason] = row[2] }
        }
        for (job, bytes) in bytes {
            try database.run(
                "UPDATE job SET bytes_in_vain = ?1, reasons = ?2 WHERE id = ?3",
                [bytes, try JSONText.encode(counts: reasons[job] ?? [:]), job]
            )
        }
    }

    /// Jobs that have ended know nothing of where their bytes came from: all their results would have to be gone through.
    private static func addExchanges(_ database: any StoreConnection) throws {
        try database.script(
            """
            ALTER TABLE heartbeat ADD COLUMN capabilities TEXT NOT NULL DEFAULT '';
            ALTER TABLE host ADD COLUMN mesh_out_until INTEGER;
            ALTER TABLE host ADD COLUMN mesh_out_why TEXT;
            ALTER TABLE job ADD COLUMN mesh TEXT NOT NULL DEFAULT '{}';
            ALTER TABLE job ADD COLUMN crossings TEXT NOT NULL DEFAULT '{}';
            ALTER TABLE job_image ADD COLUMN exchanged INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE job_image ADD COLUMN from_source_bytes INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE job_image ADD COLUMN from_peers_bytes INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE job_result ADD COLUMN from_peers_bytes INTEGER;
            ALTER TABLE job_result ADD COLUMN from_source_bytes INTEGER;
            ALTER TABLE job_result ADD COLUMN from_far_bytes INTEGER;
            """
        )
        let read = try database.all(
            """
            SELECT job_id, image, CAST(sum(CAST(coalesce(bytes_total, bytes_done) AS double precision)) AS bigint) FROM job_result
            WHERE job_id IN (SELECT id FROM job WHERE \(StoredJobState.open))
                AND outcome = \(StoredOutcome.number(.cached))
            GROUP BY job_id, image
            """,
            []
        ) { row in (job: row[0] as Int64, image: row[1] as Int, bytes: ByteProgress.bounded(row[2])) }
        for (job, image, bytes) in read {
            try database.run(
                "UPDATE job_image SET from_source_bytes = ?1 WHERE job_id = ?2 AND ordinal = ?3",
                [bytes, job, image]
            )
        }
    }
}
