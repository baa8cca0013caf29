internal import CPostgres
internal import Glibc
internal import PrecacheModel
internal import Store

/// A connection.
final class PostgresLink: StoreConnection, @unchecked Sendable {
    // In the hands of one thread at a time: whoever has taken it out of the engine's idle ones.

    /// What tells a prepared statement from others: the server deduces nothing from values, so their types belong to it.
    private struct Shape: Hashable {
        let sql: String
        let types: [Oid]
    }

    private let connection: OpaquePointer
    private var prepared: [Shape: String] = [:]
    private var call: CancellableCall?

    /// Connects; blocks for some seconds at most.
    init(_ place: PostgresPlace) throws(PostgresFailure) {
        let connection = place.connect()
        guard let connection, PQstatus(connection) == CONNECTION_OK else {
            defer { PQfinish(connection) }
            throw PostgresFailure(connection)
        }
        self.connection = connection
        // Notices (a table that is there already) are nobody's concern; libpq would print them.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    deinit { PQfinish(connection) }

    var dialect: Dialect { .postgres }

    /// The server's version as a number: 150018 is 15.18.
    var serverVersion: Int { Int(PQserverVersion(connection)) }

    var isLost: Bool { PQstatus(connection) != CONNECTION_OK }

    /// Runs `body` between `begin` and COMMIT, or ROLLBACK if it throws; it stops between statements once the call is cancelled.
    func transaction<Value>(
        _ begin: String,
        of call: CancellableCall? = nil,
        _ body: (any StoreConnection) throws -> Value
    ) throws -> Value {
        self.call = call
        defer { self.call = nil }
        try script(begin)
        do {
            let value = try body(self)
            try script("COMMIT")
            return value
        } catch {
            if !isLost { try? script("ROLLBACK") }
            throw error
        }
    }

    // MARK: Statements

    @discardableResult
    func run(_ sql: String, _ values: [(any StoreBindable)?]) throws -> Int {
        try execute(sql, values) { result in Int(String(cString: PQcmdTuples(result))) ?? 0 }
    }

    func rows(
        _ sql: String,
        _ values: [(any StoreBindable)?],
        _ body: (any StoreRow) throws -> Void
    ) throws {
        try execute(sql, values) { result in
            let row = PostgresRow(result)
            for place in 0..<PQntuples(result) {
                row.place = place
                try body(row)
            }
        }
    }

    /// Statements that change the schema are SQLite's words, in the few forms that ours have: here they become PostgreSQL's.
    func script(_ sql: String) throws {
        let result = PQexec(connection, PostgresText.definition(sql))
        defer { PQclear(result) }
        try check(result)
    }

    private func execute<Value>(
        _ sql: String,
        _ values: [(any StoreBindable)?],
        _ read: (OpaquePointer) throws -> Value
    ) throws -> Value {
        guard call?.isCancelled != true else { throw CancellationError() }
        let values = PostgresValues(values)
        let name = try prepare(Shape(sql: sql, types: values.types))
        let result = values.withPointers { pointers, lengths, formats in
            PQexecPrepared(connection, name, Int32(values.types.count), pointers, lengths, formats, 0)
        }
        defer { PQclear(result) }
        try check(result)
        guard let result else { throw PostgresFailure(connection) }
        return try read(result)
    }

    private func prepare(_ shape: Shape) throws -> String {
        if let name = prepared[shape] { return name }
        let name = "s\(prepared.count)"
        let result = PQprepare(
            connection,
            name,
            PostgresText.numbered(shape.sql),
            Int32(shape.types.count),
            shape.types
        )
        defer { PQclear(result) }
        try check(result)
        prepared[shape] = name
        return name
    }

    private func check(_ result: OpaquePointer?) throws(PostgresFailure) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default: throw PostgresFailure(connection, result)
        }
    }
}

/// A row of a result, whose values are text.
private final class PostgresRow: StoreRow {
    private let result: OpaquePointer
    var place: Int32 = 0

    init(_ result: OpaquePointer) { self.result = result }

    func isNull(_ column: Int) -> Bool { PQgetisnull(result, place, Int32(column)) == 1 }

    /// Conditions are `t` and `f`; sums of whole numbers, which are numeric, have no fraction.
    func integer(_ column: Int) -> Int64 {
        guard let text = PQgetvalue(result, place, Int32(column)) else { return 0 }
        switch UInt8(bitPattern: text[0]) {
        case UInt8(ascii: "t"): return 1
        case UInt8(ascii: "f"): return 0
        default: return Int64(strtoll(text, nil, 10))
        }
    }

    func text(_ column: Int) -> String { String(cString: PQgetvalue(result, place, Int32(column))) }

    /// `\x` and two digits a byte.
    func bytes(_ column: Int) -> [UInt8] {
        let length = Int(PQgetlength(result, place, Int32(column)))
        let text = UnsafeRawBufferPointer(start: PQgetvalue(result, place, Int32(column)), count: length)
        guard length >= 2 else { return [] }
        return stride(from: 2, to: length - 1, by: 2).map { digit(text[$0]) << 4 | digit(text[$0 + 1]) }
    }

    private func digit(_ byte: UInt8) -> UInt8 {
        byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : byte - UInt8(ascii: "a") + 10
    }
}

/// A statement's values as libpq takes them: whole numbers and bytes in binary, text as text.
private struct PostgresValues {
    private(set) var types: [Oid] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    /// Where each value begins in `bytes`; nil for null.
    private var places: [Int?] = []
    private var bytes: [UInt8] = []

    // pg_type.h.
    private static let int8: Oid = 20
    private static let text: Oid = 25
    private static let bytea: Oid = 17

    init(_ values: [(any StoreBindable)?]) {
        types.reserveCapacity(values.count)
        for value in values {
            switch value?.storeValue {
            case .null, nil: append(0, 0, nil)
            case .integer(let number):
                append(Self.int8, 1, bytes.count)
                withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
            case .text(let text):
                append(Self.text, 0, bytes.count)
                // PostgreSQL's text has no zero byte.
                bytes += text.utf8.lazy.map { $0 == 0 ? UInt8(ascii: "?") : $0 }
                bytes.append(0)
            case .bytes(let content):
                append(Self.bytea, 1, bytes.count)
                bytes += content
            }
            // The length of a text is where its zero is.
            lengths[lengths.count - 1] = Int32(bytes.count - (places[places.count - 1] ?? bytes.count))
        }
    }

    private mutating func append(_ type: Oid, _ format: Int32, _ place: Int?) {
        types.append(type)
        formats.append(format)
        lengths.append(0)
        places.append(place)
    }

    func withPointers<Value>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Value
    ) -> Value {
        // An empty value needs a place, too.
        (bytes + [0]).withUnsafeBytes { buffer in
            body(
                places.map { place in
                    place.flatMap { buffer.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
                },
                lengths,
                formats
            )
        }
    }
}
