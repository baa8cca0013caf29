import TextForms

/// Reads one JSON string, from after its opening quote to after its closing one.
struct JSONStringReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position: Int
    private var buffer: [UInt8] = []

    init(bytes: UnsafeBufferPointer<UInt8>, position: Int) {
        self.bytes = bytes
        self.position = position
    }

    mutating func read() throws(JSONSyntaxError) -> String {
        let start = position
        while position < bytes.count, Self.isPlain(bytes[position]) { position += 1 }
        let plain = UnsafeBufferPointer(rebasing: bytes[start..<position])
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            // Most strings have no escapes: no copy is made of them on the way.
            position += 1
            guard let text = String(validating: plain, as: UTF8.self) else {
                throw JSONSyntaxError("a string isn't UTF-8", offset: start)
            }
            return text
        }
        buffer.append(contentsOf: plain)
        return try readEscaped(from: start)
    }

    /// Passes over the string, without making a text of it.
    mutating func skip() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count {
            let run = position
            while position < bytes.count, Self.isPlain(bytes[position]) { position += 1 }
            guard (try? UTF8Span(validating: bytes.extracting(run..<position).span)) != nil else {
                throw JSONSyntaxError("a string isn't UTF-8", offset: start)
            }
            guard position < bytes.count else { break }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                try escape()
                buffer.removeAll(keepingCapacity: true)
            default:
                throw JSONSyntaxError("a control character in a string", offset: position)
            }
        }
        throw JSONSyntaxError("a string is cut short", offset: position)
    }

    /// Whether a byte stands for itself in a string.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func readEscaped(from start: Int) throws(JSONSyntaxError) -> String {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let text = String(validating: buffer, as: UTF8.self)
                position += 1
                guard let text else { throw JSONSyntaxError("a string isn't UTF-8", offset: start) }
                return text
            case UInt8(ascii: "\\"):
                try escape()
            case 0..<0x20:
                throw JSONSyntaxError("a control character in a string", offset: position)
            default:
                buffer.append(byte)
                position += 1
            }
        }
        throw JSONSyntaxError("a string is cut short", offset: position)
    }

    private mutating func escape() throws(JSONSyntaxError) {
        position += 1
        guard position < bytes.count else {
            throw JSONSyntaxError("a string is cut short", offset: position)
        }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape()
        default: throw JSONSyntaxError("an unknown escape in a string", offset: position - 1)
        }
    }

    /// `\uXXXX`, or two of them for a character beyond the basic plane (RFC 8259 section 7).
    private mutating func unicodeEscape() throws(JSONSyntaxError) {
        let start = position
        var code = try unit()
        if (0xD800..<0xDC00).contains(code) {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONSyntaxError("half a surrogate pair in a string", offset: start) }
            position += 2
            let low = try unit()
            guard (0xDC00..<0xE000).contains(low) else {
                throw JSONSyntaxError("half a surrogate pair in a string", offset: start)
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw JSONSyntaxError("half a surrogate pair in a string", offset: start)
        }
        buffer.append(contentsOf: Array(String(Character(scalar)).utf8))
    }

    private mutating func unit() throws(JSONSyntaxError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Hexadecimal.value(of: bytes[position]) else {
                throw JSONSyntaxError("four hexadecimal digits must follow \\u", offset: position)
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
