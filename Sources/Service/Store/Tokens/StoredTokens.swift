package import PrecacheModel

/// Bearer tokens as hashes, in the service's database; `precached token …` writes them beside a running service.
///
/// Errors are `StoreError`.
package final class StoredTokens: Sendable {
    private let engine: any StoreEngine
    private let clock: @Sendable () -> Timestamp

    /// Works on an open database, by the wall clock.
    package init(engine: any StoreEngine, clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.engine = engine
        self.clock = clock
    }

    /// All tokens, also revoked ones, in the order of their making.
    package func tokens() async throws(StoreError) -> [TokenRecord] {
        try await engine.read { database in
            try database.all(Self.select + " ORDER BY id", [], Self.record)
        }
    }

    /// A number that rises with every token made (its id) or revoked, by whichever process; rows are never deleted.
    package func tokenGeneration() async throws(StoreError) -> Int64 {
        try await engine.read { database in
            try database.first("SELECT coalesce(max(id), 0) + count(revoked_at) FROM token") { $0[0] } ?? 0
        }
    }

    /// Keeps a new token.
    ///
    /// - Parameters:
    ///   - name: Unique among the tokens that hold.
    ///   - role: What its bearer may do.
    ///   - host: The host that its bearer speaks for, for the role `agent`; nil for any.
    ///   - hash: The SHA-256 of the token's text, 32 bytes.
    /// - Returns: The token as it is kept.
    /// - Throws: `conflict` if a token of that name holds.
    package func createToken(
        name: String,
        role: Role,
        host: HostName? = nil,
        hash: [UInt8]
    ) async throws(StoreError) -> TokenRecord {
        let now = clock()
        return try await engine.write(.rare) { database, _ in
            let made: Int64? = try database.first(
                """
                INSERT INTO token (name, role, hash, created_at, host) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO NOTHING RETURNING id
                """,
                [name, role.rawValue, hash, now, host?.text]
            ) { $0[0] }
            guard let id = made else {
                throw StoreError(
                    .conflict,
                    subject: "token",
                    message: "there is a token of this name: revoke it first, or choose another name"
                )
            }
            return TokenRecord(id: id, name: name, role: role, host: host, hash: hash, createdAt: now)
        }
    }

    /// Revokes the token of this name that holds.
    ///
    /// Throws `notFound` (subject `token`).
    package func revokeToken(name: String) async throws(StoreError) -> TokenRecord {
        let now = clock()
        return try await engine.write(.rare) { database, _ in
            let holds = Self.select + " WHERE name = ?1 AND revoked_at IS NULL"
            guard var token = try database.first(holds, [name], Self.record) else {
                throw StoreError.notFound("token", name)
            }
            try database.run("UPDATE token SET revoked_at = ?1 WHERE id = ?2", [now, token.id])
            token.revokedAt = now
            return token
        }
    }

    private static let select = "SELECT id, name, role, hash, created_at, revoked_at, host FROM token"

    private static func record(_ row: any StoreRow) throws -> TokenRecord {
        guard let role = Role(rawValue: row[2]) else {
            throw StoreError(.corrupt, message: "a token's row names an unknown role")
        }
        return TokenRecord(
            id: row[0],
            name: row[1],
            role: role,
            host: try host(row[6]),
            hash: row[3],
            createdAt: row[4],
            revokedAt: row[5]
        )
    }

    /// A host that can't be read must not become a token for all of them.
    private static func host(_ text: String?) throws -> HostName? {
        guard let text else { return nil }
        guard let host = try? HostName(text) else {
            throw StoreError(.corrupt, message: "a token's row names a host that can't be one")
        }
        return host
    }
}

/// What came to the tokens' table later.
package enum TokenSchema {
    package static let additions = [
        StoreMigration("2026-11-token-host", sql: "ALTER TABLE token ADD COLUMN host TEXT;")
    ]
}
