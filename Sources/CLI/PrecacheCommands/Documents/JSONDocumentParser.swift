/// Reads JSON (RFC 8259) and keeps the place of each value, which Foundation's decoder doesn't.
struct JSONDocumentParser {
    // Deeper than any inventory; keeps hostile nesting off the stack.
    private static let deepest = 64

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 1

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The whole document: one value, and nothing after it.
    mutating func document() throws(DocumentProblem) -> DocumentNode {
        let node = try value(depth: 0)
        skipSpace()
        guard peek == nil else { throw problem("something follows the document's end") }
        return node
    }

    private var here: DocumentPosition { DocumentPosition(line: line, column: column) }
    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private func problem(_ message: String) -> DocumentProblem {
        DocumentProblem(here, "not JSON: \(message)")
    }

    private mutating func advance() {
        if scalars[index] == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        index += 1
    }

    private mutating func skipSpace() {
        while let next = peek, next == " " || next == "\n" || next == "\r" || next == "\t" { advance() }
    }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == wanted else { return false }
        advance()
        return true
    }

    private mutating func value(depth: Int) throws(DocumentProblem) -> DocumentNode {
        skipSpace()
        guard depth < Self.deepest else { throw problem("nested deeper than \(Self.deepest) levels") }
        let place = here
        switch peek {
        case "{": return DocumentNode(.mapping(try entries(depth: depth)), at: place)
        case "[": return DocumentNode(.sequence(try items(depth: depth)), at: place)
        case "\"": return DocumentNode(.text(try string()), at: place)
        case nil: throw problem("the document ends where a value belongs")
        default: return DocumentNode(try word(), at: place)
        }
    }

    private mutating func entries(depth: Int) throws(DocumentProblem) -> [DocumentNode.Entry] {
        var entries: [DocumentNode.Entry] = []
        advance()
        if take("}") { return entries }
        repeat {
            skipSpace()
            let place = here
            guard peek == "\"" else { throw problem("a key in double quotes belongs here") }
            let key = try string()
            guard take(":") else { throw problem("a colon belongs after a key") }
            entries.append(
                DocumentNode.Entry(key: key, position: place, value: try value(depth: depth + 1))
            )
        } while take(",")
        guard take("}") else { throw problem("a comma or '}' belongs here") }
        return entries
    }

    private mutating func items(depth: Int) throws(DocumentProblem) -> [DocumentNode] {
        var items: [DocumentNode] = []
        advance()
        if take("]") { return items }
        repeat { items.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw problem("a comma or ']' belongs here") }
        return items
    }

    private mutating func word() throws(DocumentProblem) -> DocumentNode.Content {
        let start = here
        var text = ""
        while let next = peek, next.properties.isAlphabetic || "+-.0123456789".unicodeScalars.contains(next) {
            text.unicodeScalars.append(next)
            advance()
        }
        if text == "null" { return .null }
        guard text == "true" || text == "false" || Self.isNumber(text) else {
            throw DocumentProblem(start, "not JSON: a value belongs here")
        }
        return .word(text)
    }

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return Double(text) != nil && (first != UInt8(ascii: "0") || Int(digits) == nil || digits == "0")
    }

    private mutating func string() throws(DocumentProblem) -> String {
        var text = ""
        advance()
        while let next = peek {
            guard next.value >= 0x20 else { throw problem("a control character in a text") }
            if next == "\"" {
                advance()
                return text
            }
            if next == "\\" {
                text.unicodeScalars.append(try escape())
            } else {
                text.unicodeScalars.append(next)
                advance()
            }
        }
        throw problem("the document ends inside a text")
    }

    private mutating func escape() throws(DocumentProblem) -> Unicode.Scalar {
        advance()
        guard let letter = peek else { throw problem("the document ends inside a text") }
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
        ]
        if let scalar = simple[letter] {
            advance()
            return scalar
        }
        guard letter == "u" else { throw problem("'\\\(letter.escaped(asASCII: true))' is no escape") }
        advance()
        let unit = try hexadecimal()
        guard (0xD800...0xDBFF).contains(unit) else {
            guard let scalar = Unicode.Scalar(unit) else { throw problem("half of a surrogate pair") }
            return scalar
        }
        guard peek == "\\", index + 1 < scalars.count, scalars[index + 1] == "u" else {
            throw problem("half of a surrogate pair")
        }
        advance()
        advance()
        let low = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        else { throw problem("half of a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal() throws(DocumentProblem) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek, digit.isASCII, let number = Character(digit).hexDigitValue else {
                throw problem("four hexadecimal digits belong after '\\u'")
            }
            value = value << 4 + UInt32(number)
            advance()
        }
        return value
    }
}
