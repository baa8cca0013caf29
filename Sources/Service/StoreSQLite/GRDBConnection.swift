internal import FoundationEssentials
package import GRDB
package import Store

extension Dialect {
    static let sqlite = Dialect(
        ordered: "CROSS JOIN",
        greatest: "max",
        least: "min",
        among: { "IN (SELECT value FROM json_each(\($0)))" },
        words: { "(SELECT value FROM json_each(\($0)))" },
        catalogue: StoreCatalogue(
            columns: """
                SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.rowid, c.cid
                """,
            numbers: "SELECT name, seq FROM sqlite_sequence",
            setNumber: [
                "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1",
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            ]
        )
    )
}

/// A transaction on one of SQLite's connections; statements are prepared once each and kept with it.
package final class GRDBConnection: StoreConnection {
    package let database: Database

    init(_ database: Database) { self.database = database }

    package var dialect: Dialect { .sqlite }

    @discardableResult
    package func run(_ sql: String, _ values: [(any StoreBindable)?]) throws -> Int {
        try database.cachedStatement(sql: sql).execute(arguments: Self.arguments(values))
        return database.changesCount
    }

    package func rows(
        _ sql: String,
        _ values: [(any StoreBindable)?],
        _ body: (any StoreRow) throws -> Void
    ) throws {
        let statement = try database.cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: Self.arguments(values))
        guard let first = try cursor.next() else { return }
        // The cursor moves one row object along.
        let row = SQLiteRow(first)
        repeat { try body(row) } while try cursor.next() != nil
    }

    package func script(_ sql: String) throws { try database.execute(sql: sql) }

    private static func arguments(_ values: [(any StoreBindable)?]) -> StatementArguments {
        StatementArguments(
            values.map { value in
                switch value?.storeValue {
                case .integer(let number): number.databaseValue
                case .text(let text): text.databaseValue
                case .bytes(let bytes): Data(bytes).databaseValue
                case .null, nil: DatabaseValue.null
                }
            }
        )
    }
}

/// The row that a cursor is at.
private final class SQLiteRow: StoreRow {
    private let row: Row

    init(_ row: Row) { self.row = row }

    func isNull(_ column: Int) -> Bool { row.hasNull(atIndex: column) }
    func integer(_ column: Int) -> Int64 { row[column] }
    func text(_ column: Int) -> String { row[column] }
    func bytes(_ column: Int) -> [UInt8] { Array(row[column] as Data) }
}
