internal import PrecacheModel

/// SQL about idempotency keys.
enum IdempotencyRows {
    /// The job that the same request made before, or nil if the key is new or was forgotten.
    ///
    /// Throws ``StoreError/Code/idempotencyConflict`` if another request had the key.
    static func find(
        _ database: any StoreConnection,
        _ claim: IdempotencyClaim,
        now: Timestamp
    ) throws -> JobID? {
        let row: (fingerprint: String, job: String)? = try database.first(
            "SELECT fingerprint, job_uuid FROM idempotency WHERE key = ?1 AND created_at > ?2",
            [claim.key, now - IdempotencyClaim.lifetime]
        ) { ($0[0], $0[1]) }
        guard let row else { return nil }
        guard row.fingerprint == claim.fingerprint else {
            throw StoreError(
                .idempotencyConflict,
                subject: "job",
                message: "this Idempotency-Key came before with another request: use a new key"
            )
        }
        return try Stored.jobID(row.job)
    }

    /// Keeps a key, in place of one whose time is up or whose job is gone.
    static func insert(
        _ database: any StoreConnection,
        _ claim: IdempotencyClaim,
        job: JobID,
        now: Timestamp
    ) throws {
        try database.run("DELETE FROM idempotency WHERE key = ?1", [claim.key])
        try database.run(
            "INSERT INTO idempotency (key, fingerprint, job_uuid, created_at) VALUES (?1, ?2, ?3, ?4)",
            [claim.key, claim.fingerprint, job.text, now]
        )
    }

    /// Forgets keys whose time is up, so many at a time; returns how many.
    static func prune(_ database: any StoreConnection, now: Timestamp, limit: Int) throws -> Int {
        try database.run(
            """
            DELETE FROM idempotency WHERE key IN
                (SELECT key FROM idempotency WHERE created_at <= ?1 ORDER BY created_at LIMIT ?2)
            """,
            [now - IdempotencyClaim.lifetime, limit]
        )
    }
}
