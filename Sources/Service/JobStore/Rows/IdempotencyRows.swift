internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about idempotency keys.
enum IdempotencyRows {
    /// The job that the same request made before, or nil if the key is new or was forgotten.
    ///
    /// Throws ``StoreError/Code/idempotencyConflict`` if another request had the key.
    static func find(_ database: Database, _ claim: IdempotencyClaim, now: Timestamp) throws -> JobID? {
        let statement = try database.cachedStatement(
            sql: "SELECT fingerprint, job_uuid FROM idempotency WHERE key = ? AND created_at > ?"
        )
        let since = (now - IdempotencyClaim.lifetime).microseconds
        guard let row = try Row.fetchOne(statement, arguments: [claim.key, since]) else { return nil }
        guard row[0] == claim.fingerprint else {
            throw StoreError(
                .idempotencyConflict,
                subject: "job",
                message: "this Idempotency-Key came before with another request: use a new key"
            )
        }
        return try Stored.jobID(row[1])
    }

    static func insert(_ database: Database, _ claim: IdempotencyClaim, job: JobID, now: Timestamp) throws {
        let statement = try database.cachedStatement(
            sql:
                "INSERT OR REPLACE INTO idempotency (key, fingerprint, job_uuid, created_at) VALUES (?, ?, ?, ?)"
        )
        try statement.execute(arguments: [claim.key, claim.fingerprint, job.text, now.microseconds])
    }

    /// Forgets keys whose time is up, so many at a time; returns how many.
    static func prune(_ database: Database, now: Timestamp, limit: Int) throws -> Int {
        let statement = try database.cachedStatement(
            sql: """
                DELETE FROM idempotency WHERE key IN
                    (SELECT key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT ?)
                """
        )
        try statement.execute(arguments: [(now - IdempotencyClaim.lifetime).microseconds, limit])
        return database.changesCount
    }
}
