package import PrecacheModel

/// One transaction on whichever engine: in the hands of one thread, for the run of one body.
///
/// Statements name their values `?1`, `?2`…; each is prepared once a connection. What the engine has to say is thrown as its
/// own error, which the engine translates into a ``StoreError`` at the transaction's end.
package protocol StoreConnection: AnyObject {
    var dialect: Dialect { get }

    /// Runs a statement; returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [(any StoreBindable)?]) throws -> Int

    /// Calls `body` with each row that a statement yields, those of RETURNING included.
    ///
    /// A row is read in place: it is only good inside the call.
    func rows(
        _ sql: String,
        _ values: [(any StoreBindable)?],
        _ body: (any StoreRow) throws -> Void
    ) throws

    /// Runs several statements without values; for schema steps.
    func script(_ sql: String) throws
}

extension StoreConnection {
    @discardableResult
    package func run(_ sql: String) throws -> Int { try run(sql, []) }

    /// What `read` makes of each row, in their order.
    package func all<Value>(
        _ sql: String,
        _ values: [(any StoreBindable)?] = [],
        _ read: (any StoreRow) throws -> Value
    ) throws -> [Value] {
        var found: [Value] = []
        try rows(sql, values) { found.append(try read($0)) }
        return found
    }

    /// What `read` makes of the only row of a statement that yields one at most; nil if there is none.
    package func first<Value>(
        _ sql: String,
        _ values: [(any StoreBindable)?] = [],
        _ read: (any StoreRow) throws -> Value
    ) throws -> Value? {
        var found: Value?
        try rows(sql, values) { found = try read($0) }
        return found
    }
}

/// A value as every engine knows it.
package enum StoreValue: Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// What can be given to a statement.
package protocol StoreBindable: Sendable {
    var storeValue: StoreValue { get }
}

extension Int64: StoreBindable { package var storeValue: StoreValue { .integer(self) } }
extension Int: StoreBindable { package var storeValue: StoreValue { .integer(Int64(self)) } }
/// Flags are 0 and 1.
extension Bool: StoreBindable { package var storeValue: StoreValue { .integer(self ? 1 : 0) } }
extension String: StoreBindable { package var storeValue: StoreValue { .text(self) } }
extension [UInt8]: StoreBindable { package var storeValue: StoreValue { .bytes(self) } }
/// Times are microseconds since 1970.
extension Timestamp: StoreBindable { package var storeValue: StoreValue { .integer(microseconds) } }

/// A row that a statement has come to, by its columns from 0.
///
/// What isn't optional must not be null.
package protocol StoreRow: AnyObject {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func text(_ column: Int) -> String
    func bytes(_ column: Int) -> [UInt8]
}

extension StoreRow {
    package subscript(column: Int) -> Int64 { integer(column) }
    package subscript(column: Int) -> Int { Int(integer(column)) }
    package subscript(column: Int) -> Bool { integer(column) != 0 }
    package subscript(column: Int) -> String { text(column) }
    package subscript(column: Int) -> [UInt8] { bytes(column) }
    package subscript(column: Int) -> Timestamp { Timestamp(microseconds: integer(column)) }

    package subscript(column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
    package subscript(column: Int) -> Int? { isNull(column) ? nil : Int(integer(column)) }
    package subscript(column: Int) -> Bool? { isNull(column) ? nil : integer(column) != 0 }
    package subscript(column: Int) -> String? { isNull(column) ? nil : text(column) }
    package subscript(column: Int) -> Timestamp? {
        isNull(column) ? nil : Timestamp(microseconds: integer(column))
    }
}
