internal import CPostgres

/// The statements that a connection has prepared: one a text, whatever was null when it came first, and a bounded number.
///
/// The server deduces nothing from values, so their types belong to a statement. A null has none: it takes that of a value
/// that had its place before.
struct PostgresStatements {
    struct Statement {
        let name: String
        let text: String
        var types: [Oid]
        var isPrepared = false
    }

    /// Each keeps a plan in the server; ours are some 150.
    private static let most = 400

    private var known: [String: Statement] = [:]
    private var made = 0

    /// The statement for `sql`, and what to tell the server to forget before it is prepared.
    mutating func named(
        _ sql: String,
        _ values: inout PostgresValues
    ) -> (statement: Statement, drop: String?) {
        let before = known[sql]
        values.adopt(before?.types ?? [])
        if let before, before.isPrepared, before.types == values.types { return (before, nil) }
        var drop: String?
        if let before, before.isPrepared {
            drop = "DEALLOCATE \(before.name)"
        } else if before == nil, known.count >= Self.most {
            drop = "DEALLOCATE ALL"
            known = [:]
        }
        made += 1
        let statement = Statement(
            name: "s\(made)",
            text: before?.text ?? PostgresText.numbered(sql),
            types: values.types
        )
        known[sql] = statement
        return (statement, drop)
    }

    /// The server has it now.
    mutating func keep(_ sql: String) { known[sql]?.isPrepared = true }

    /// The same without a name, for a pooler that gives each transaction another connection.
    mutating func unnamed(_ sql: String, _ values: inout PostgresValues) -> Statement {
        values.adopt(known[sql]?.types ?? [])
        if known.count >= Self.most { known = [:] }
        let statement = Statement(
            name: "",
            text: known[sql]?.text ?? PostgresText.numbered(sql),
            types: values.types
        )
        known[sql] = statement
        return statement
    }
}
