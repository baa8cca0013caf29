/// Reads JSON strictly (RFC 8259): UTF-8 only, no name twice in an object, bounded depth, nothing after the value.
package struct JSONParser {
    /// Arrays and objects within each other, at most.
    package static let maximumDepth = 32

    /// So many names are looked through more quickly than hashed.
    private static let fewNames = 16

    private let bytes: UnsafeBufferPointer<UInt8>
    /// The members of the outermost object that are kept; nil for all.
    private let kept: [StaticString]?
    private var position = 0
    /// Whether a member is passed over: what is in it must be JSON, and nothing is made of it.
    private var isSkipping = false

    /// Reads a whole document.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - names: The members of an object that the caller wants; nil for all. The others are passed over: they must be
    ///     JSON, but no text is made of them, and a name among them may come twice.
    /// - Returns: The document, or what of it is wanted.
    /// - Throws: ``JSONSyntaxError`` with the place of the first fault.
    package static func parse(
        _ bytes: [UInt8],
        keeping names: [StaticString]? = nil
    ) throws(JSONSyntaxError) -> JSONValue {
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONSyntaxError> in
            var parser = JSONParser(bytes: buffer, keeping: names)
            do throws(JSONSyntaxError) {
                let value = try parser.value(depth: 0)
                parser.skipSpace()
                guard parser.position == buffer.count else {
                    throw parser.failure("something follows the JSON value")
                }
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, keeping names: [StaticString]?) {
        self.bytes = bytes
        kept = names
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ message: String) -> JSONSyntaxError { JSONSyntaxError(message, offset: position) }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = current, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard let byte = current else { throw failure("the JSON value is missing or cut short") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("no JSON value starts like this")
        }
    }

    private mutating func literal(
        _ text: StaticString,
        _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        let length = text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer {
            position + length <= bytes.count && bytes[position..<(position + length)].elementsEqual($0)
        }
        guard matches else { throw failure("no JSON value starts like this") }
        position += length
        return value
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw failure("deeper than \(Self.maximumDepth) levels") }
        position += 1
        var items: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(items) }
        repeat {
            let item = try value(depth: depth + 1)
            if !isSkipping { items.append(item) }
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("expected ',' or ']'") }
        return .array(items)
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw failure("deeper than \(Self.maximumDepth) levels") }
        position += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object(members) }
        let wasSkipping = isSkipping
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("expected a name in quotes") }
            isSkipping = wasSkipping || (depth == 0 && !isNameKept())
            let start = position
            let name = try string()
            guard isSkipping || !isThere(name, members, &names) else {
                throw JSONSyntaxError("a name comes twice in one object", offset: start)
            }
            skipSpace()
            guard take(":") else { throw failure("expected ':'") }
            let value = try value(depth: depth + 1)
            if !isSkipping { members.append(JSONValue.Member(name: name, value: value)) }
            skipSpace()
        } while take(",")
        isSkipping = wasSkipping
        guard take("}") else { throw failure("expected ',' or '}'") }
        return .object(members)
    }

    /// Whether an object has a member of this name already.
    private func isThere(_ name: String, _ members: [JSONValue.Member], _ names: inout Set<String>) -> Bool {
        guard members.count >= Self.fewNames else { return members.contains { $0.name == name } }
        if members.count == Self.fewNames { names = Set(members.map(\.name)) }
        return !names.insert(name).inserted
    }

    /// Whether the name that comes next is wanted; one with escapes is, since it takes reading to know it.
    private func isNameKept() -> Bool {
        guard let kept else { return true }
        let rest = bytes[(position + 1)...]
        let name = rest.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard name.endIndex < bytes.endIndex, bytes[name.endIndex] == UInt8(ascii: "\"") else { return true }
        return kept.contains { $0.withUTF8Buffer { name.elementsEqual($0) } }
    }

    /// A string's text; empty for one that is passed over.
    private mutating func string() throws(JSONSyntaxError) -> String {
        var reader = JSONStringReader(bytes: bytes, position: position + 1)
        defer { position = reader.position }
        guard isSkipping else { return try reader.read() }
        try reader.skip()
        return ""
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        guard position > start else { throw failure("expected a digit") }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        var isWhole = true
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        guard position - start <= 400 else {
            throw JSONSyntaxError("a number of too many digits", offset: start)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let value = Double(text), value.isFinite else {
            throw JSONSyntaxError("a number out of range", offset: start)
        }
        if let whole = Int64(exactly: value), whole.magnitude <= 1 << 53 { return .integer(whole) }
        return .number(value)
    }
}
