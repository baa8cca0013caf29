internal import CPostgres
internal import Glibc
internal import Store

/// What the server said to one statement.
final class PostgresAnswer {
    let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var isFailure: Bool {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: false
        default: true
        }
    }

    /// What was done: `COMMIT`, `INSERT 0 1`.
    var tag: String { String(cString: PQcmdStatus(result)) }

    /// How many rows a statement changed, or yielded.
    var count: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }
}

/// A row of a result, whose values are text.
final class PostgresRow: StoreRow {
    private let answer: PostgresAnswer
    private let result: OpaquePointer
    var place: Int32 = 0

    init(_ answer: PostgresAnswer) {
        self.answer = answer
        result = answer.result
    }

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
struct PostgresValues {
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
                // PostgreSQL's text has no zero byte: what can't be shown is a replacement character.
                if text.utf8.contains(0) {
                    bytes += text.replacing("\0", with: "\u{fffd}").utf8
                } else {
                    bytes += text.utf8
                }
                bytes.append(0)
            case .bytes(let content):
                append(Self.bytea, 1, bytes.count)
                bytes += content
            }
            // The length of a text is where its zero is.
            lengths[lengths.count - 1] = Int32(bytes.count - (places[places.count - 1] ?? bytes.count))
        }
    }

    /// Gives what is null the type that another value had in its place.
    mutating func adopt(_ known: [Oid]) {
        for (place, type) in known.enumerated() where place < types.count && types[place] == 0 {
            types[place] = type
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
