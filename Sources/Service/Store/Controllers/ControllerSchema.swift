/// The tables of controllers, and what tells theirs from others'.
enum ControllerSchema {
    /// Chained last.
    static let migration = StoreMigration("2026-11-controllers", run: add)

    /// A controller's number is drawn at random and so never used again, not even after a fail-over to a standby that had
    /// less: whoever has it is fenced for ever by one flag.
    ///
    /// `process` tells whether a
    /// controller that ran on this machine still does (``ProcessMark``).
    ///
    /// `term` of a job rises whenever it is taken over, by whomever.
    ///
    /// `owner` is a controller's number, or null where nobody has the job or webhook; it may be one that is gone. Nobody
    /// waits for a foreign key to millions of rows.
    private static func add(_ database: any StoreConnection) throws {
        try database.script(
            """
            CREATE TABLE controller (
                id INTEGER PRIMARY KEY,
                name TEXT NOT NULL,
                version TEXT NOT NULL,
                process TEXT NOT NULL,
                beat INTEGER NOT NULL,
                fenced INTEGER NOT NULL,
                started_at INTEGER NOT NULL,
                seen_at INTEGER NOT NULL,
                clock_offset_us INTEGER NOT NULL
            ) STRICT;
            ALTER TABLE job ADD COLUMN owner INTEGER;
            ALTER TABLE job ADD COLUMN term INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE job ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE webhook ADD COLUMN owner INTEGER;
            ALTER TABLE webhook ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE heartbeat ADD COLUMN images_mark INTEGER;
            CREATE TABLE job_live (
                job_id INTEGER PRIMARY KEY,
                bytes INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE source_share (
                source TEXT NOT NULL,
                owner INTEGER NOT NULL,
                units INTEGER NOT NULL,
                wanted INTEGER NOT NULL,
                PRIMARY KEY (source, owner)
            ) STRICT, WITHOUT ROWID;
            """
        )
        guard let sequence = database.dialect.eventSequence else { return }
        let last = try database.first("SELECT last FROM event_counter") { $0[0] as Int64 } ?? 0
        try database.script(
            "CREATE SEQUENCE \(sequence) MINVALUE 0 START \(last); SELECT nextval('\(sequence)')"
        )
    }
}
