internal import GRDB
package import Inventory
package import PrecacheModel

/// Bearer tokens as hashes, in the service's database; `precached token …` writes them beside a running service.
///
/// Errors are `StoreError`.
package final class SQLiteTokens: Sendable {
    private let database: StoreDatabase
    private let clock: @Sendable () -> Timestamp

    /// Works on an open database.
    package init(database: StoreDatabase, clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.database = database
        self.clock = clock
    }

    /// All tokens, also revoked ones, in the order of their making.
    package func tokens() async throws(StoreError) -> [TokenRecord] {
        try await database.read { try TokenRows.all($0) }
    }

    /// A number that rises with every token made or revoked, by whichever process.
    package func tokenGeneration() async throws(StoreError) -> Int64 {
        try await database.read { try TokenRows.generation($0) }
    }

    /// Keeps a new token.
    ///
    /// - Parameters:
    ///   - name: Unique among the tokens that hold.
    ///   - role: What its bearer may do.
    ///   - hash: The SHA-256 of the token's text, 32 bytes.
    /// - Returns: The token as it is kept.
    /// - Throws: `conflict` if a token of that name holds.
    package func createToken(
        name: String,
        role: Role,
        hash: [UInt8]
    ) async throws(StoreError) -> TokenRecord {
        let now = clock()
        return try await database.write { database, _ in
            let id = try TokenRows.insert(database, name: name, role: role, hash: hash, at: now)
            return TokenRecord(id: id, name: name, role: role, hash: hash, createdAt: now)
        }
    }

    /// Revokes the token of this name that holds.
    ///
    /// Throws `notFound` (subject `token`).
    package func revokeToken(name: String) async throws(StoreError) -> TokenRecord {
        let now = clock()
        return try await database.write { database, _ in
            guard var token = try TokenRows.find(database, name: name) else {
                throw StoreError.notFound("token", name)
            }
            try TokenRows.revoke(database, id: token.id, at: now)
            token.revokedAt = now
            return token
        }
    }
}
