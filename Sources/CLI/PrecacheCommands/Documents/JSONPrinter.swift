/// Writes nodes as JSON (RFC 8259), entries in the document's order.
enum JSONPrinter {
    /// On one line, for the wire.
    static func compact(_ node: DocumentNode) -> [UInt8] {
        var bytes: [UInt8] = []
        write(node, indent: nil, to: &bytes)
        return bytes
    }

    /// Two spaces a level, for people; without a line feed at the end.
    static func pretty(_ node: DocumentNode) -> String {
        var bytes: [UInt8] = []
        write(node, indent: 0, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ node: DocumentNode, indent: Int?, to bytes: inout [UInt8]) {
        switch node.content {
        case .null: bytes += "null".utf8
        case .word(let word): bytes += word.utf8
        case .text(let text): write(text, to: &bytes)
        case .sequence(let items):
            wrap("[", "]", count: items.count, indent: indent, to: &bytes) { index, inner, bytes in
                write(items[index], indent: inner, to: &bytes)
            }
        case .mapping(let entries):
            wrap("{", "}", count: entries.count, indent: indent, to: &bytes) { index, inner, bytes in
                write(entries[index].key, to: &bytes)
                bytes += (inner == nil ? ":" : ": ").utf8
                write(entries[index].value, indent: inner, to: &bytes)
            }
        }
    }

    private static func wrap(
        _ opening: String,
        _ closing: String,
        count: Int,
        indent: Int?,
        to bytes: inout [UInt8],
        item: (Int, Int?, inout [UInt8]) -> Void
    ) {
        bytes += opening.utf8
        let inner = indent.map { $0 + 1 }
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            startLine(inner, to: &bytes)
            item(index, inner, &bytes)
        }
        if count > 0 { startLine(indent, to: &bytes) }
        bytes += closing.utf8
    }

    private static func startLine(_ indent: Int?, to bytes: inout [UInt8]) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes += repeatElement(UInt8(ascii: " "), count: 2 * indent)
    }

    // Beyond what JSON asks for, characters that a terminal might obey are escaped: the text stays the same.
    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += #"\""#.utf8
            case "\\": bytes += #"\\"#.utf8
            case "\n": bytes += #"\n"#.utf8
            case "\r": bytes += #"\r"#.utf8
            case "\t": bytes += #"\t"#.utf8
            default:
                if TerminalText.isHarmful(scalar) {
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        bytes += "\\u".utf8
                        bytes += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                        bytes += digits.utf8
                    }
                } else {
                    bytes += String(scalar).utf8
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
