internal import FoundationEssentials
internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about tokens.
enum TokenRows {
    private static let select = "SELECT id, name, role, hash, created_at, revoked_at FROM token"

    static func insert(
        _ database: Database,
        name: String,
        role: Role,
        hash: [UInt8],
        at now: Timestamp
    ) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO token (name, role, hash, created_at) VALUES (?, ?, ?, ?)"
        )
        do {
            try statement.execute(arguments: [name, role.rawValue, Data(hash), now.microseconds])
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw StoreError(
                .conflict,
                subject: "token",
                message: "there is a token of this name: revoke it first, or choose another name"
            )
        }
        return database.lastInsertedRowID
    }

    /// The token of this name that holds.
    static func find(_ database: Database, name: String) throws -> TokenRecord? {
        let statement = try database.cachedStatement(sql: select + " WHERE name = ? AND revoked_at IS NULL")
        return try Row.fetchOne(statement, arguments: [name]).map(record)
    }

    /// Every token that there ever was, oldest first.
    static func all(_ database: Database) throws -> [TokenRecord] {
        try Row.fetchAll(database, sql: select + " ORDER BY id").map(record)
    }

    /// Rises with each token made (its id) and each revoked; rows are never deleted.
    static func generation(_ database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: "SELECT coalesce(max(id), 0) + count(revoked_at) FROM token"
        )
        return try Int64.fetchOne(statement) ?? 0
    }

    static func revoke(_ database: Database, id: Int64, at now: Timestamp) throws {
        try database.cachedStatement(sql: "UPDATE token SET revoked_at = ? WHERE id = ?")
            .execute(arguments: [now.microseconds, id])
    }

    private static func record(_ row: Row) throws -> TokenRecord {
        guard let role = Role(rawValue: row[2]) else {
            throw StoreError(.corrupt, message: "a token's row names an unknown role")
        }
        return TokenRecord(
            id: row[0],
            name: row[1],
            role: role,
            hash: Array(row[3] as Data),
            createdAt: Timestamp(microseconds: row[4]),
            revokedAt: (row[5] as Int64?).map { Timestamp(microseconds: $0) }
        )
    }
}
