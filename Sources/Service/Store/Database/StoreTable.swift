/// What a database says of itself, and how it is told.
package struct StoreCatalogue: Sendable {
    /// SQL for the columns of all tables in the order in which those were made: table, column, type, place in the key from 1, or 0.
    package let columns: String
    /// SQL for the last number that tables gave a row: table, number.
    package let numbers: String
    /// SQL that makes `?2` the last number that table `?1` gave; the first that changes something has done it.
    package let setNumber: [String]

    package init(columns: String, numbers: String, setNumber: [String]) {
        self.columns = columns
        self.numbers = numbers
        self.setNumber = setNumber
    }
}

/// A table as its database describes it.
struct StoreTable: Sendable {
    enum Kind { case integer, text, bytes }

    struct Column {
        let name: String
        let kind: Kind
        /// From 1; 0 for what isn't in the key.
        let keyPlace: Int

        var quoted: String { "\"\(name)\"" }
    }

    let name: String
    private(set) var columns: [Column] = []

    var quoted: String { "\"\(name)\"" }
    var names: [String] { columns.map(\.name) }
    /// Where the key's columns are among the columns, in the key's order.
    var key: [Int] {
        columns.indices.filter { columns[$0].keyPlace > 0 }.sorted {
            columns[$0].keyPlace < columns[$1].keyPlace
        }
    }
    var any: String { "SELECT 1 FROM \(quoted) LIMIT 1" }

    static func all(_ database: any StoreConnection, but own: Set<String>) throws -> [StoreTable] {
        var tables: [StoreTable] = []
        try database.rows(database.dialect.catalogue.columns, []) { row in
            let name: String = row[0]
            if own.contains(name) { return }
            if tables.last?.name != name { tables.append(StoreTable(name: name)) }
            let kind: Kind =
                switch row[2] as String {
                case "INTEGER", "bigint": .integer
                case "TEXT", "text": .text
                default: .bytes
                }
            tables[tables.count - 1].columns.append(Column(name: row[1], kind: kind, keyPlace: row[3]))
        }
        return tables
    }

    func count(_ database: any StoreConnection) throws -> Int {
        try database.first("SELECT count(*) FROM \(quoted)") { $0[0] } ?? 0
    }

    /// Up to so many rows in the order of the key, after one of this key; from the first for none.
    ///
    /// Nobody owns anything in a copy.
    func rows(
        _ database: any StoreConnection,
        after place: [any StoreBindable],
        limit: Int
    ) throws -> [[(any StoreBindable)?]] {
        let order = key.map { columns[$0].quoted }.joined(separator: ", ")
        let values = place.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let sql = """
            SELECT \(columns.map { $0.name == "owner" ? "NULL" : $0.quoted }.joined(separator: ", ")) FROM \(quoted)
            \(place.isEmpty ? "" : "WHERE (\(order)) > (\(values))") ORDER BY \(order) LIMIT \(limit)
            """
        return try database.all(sql, place) { row in
            columns.enumerated().map { place, column in
                if row.isNull(place) { return nil }
                return switch column.kind {
                case .integer: row.integer(place)
                case .text: row.text(place)
                case .bytes: row.bytes(place)
                }
            }
        }
    }
}
