/// An INSERT of any number of rows in a few statements: some tens of rows share each.
///
/// The texts are made once, so that each is prepared once a connection: one for a full load, one for each half of the
/// one before, for what is left is two or three statements then, where a server is a round trip away.
struct RowSet: Sendable {
    /// Rows that a statement carries at most; tried in SQLite: 64 take half the time of single ones, 256 no less.
    static let full = 64
    private static let sizes = [full, 32, 16, 8, 4, 2, 1]

    private let texts: [String]
    private let columns: Int

    /// - Parameters:
    ///   - table: The table.
    ///   - columns: The columns of a row, in the order of their values.
    ///   - conflict: The ON CONFLICT clause, if there is one.
    init(into table: String, _ columns: [String], conflict: String = "") {
        self.columns = columns.count
        texts = Self.sizes.map { size in
            let rows = (0..<size).map { row in
                let values = columns.indices.map { "?\(row * columns.count + $0 + 1)" }
                return "(" + values.joined(separator: ", ") + ")"
            }
            return """
                INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES \(rows.joined(separator: ", ")) \(conflict)
                """
        }
    }

    /// Writes rows whose values stand one after another.
    func write(_ database: any StoreConnection, _ values: [(any StoreBindable)?]) throws {
        var place = 0
        for (size, text) in zip(Self.sizes, texts) {
            let length = size * columns
            while values.count - place >= length {
                try database.run(text, Array(values[place..<place + length]))
                place += length
            }
        }
    }
}

/// Lists of numbers as one value of a statement (``Dialect/among``).
enum NumberList {
    static func text(_ numbers: some Sequence<some BinaryInteger>) -> String {
        "[" + numbers.map { String($0) }.joined(separator: ",") + "]"
    }
}
