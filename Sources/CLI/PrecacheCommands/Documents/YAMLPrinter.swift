/// Writes nodes as YAML, entries in the document's order.
///
/// Text that another reader of YAML could take for anything else is written as JSON writes it, which YAML allows.
enum YAMLPrinter {
    /// Two spaces a level; without a line feed at the end.
    static func pretty(_ node: DocumentNode) -> String {
        var lines: [String] = []
        write(node, indent: 0, to: &lines)
        return lines.joined(separator: "\n")
    }

    private static func write(_ node: DocumentNode, indent: Int, to lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        switch node.content {
        case .mapping(let entries) where !entries.isEmpty:
            for entry in entries {
                let key = margin + scalar(entry.key) + ":"
                guard isBlock(entry.value) else {
                    lines.append("\(key) \(flow(entry.value))")
                    continue
                }
                lines.append(key)
                write(entry.value, indent: indent + 2, to: &lines)
            }
        case .sequence(let items) where !items.isEmpty:
            for item in items {
                guard isBlock(item) else {
                    lines.append("\(margin)- \(flow(item))")
                    continue
                }
                var inner: [String] = []
                write(item, indent: indent + 2, to: &inner)
                // The first line of what is in an item stands beside its hyphen.
                inner[0] = margin + "- " + inner[0].dropFirst(indent + 2)
                lines += inner
            }
        default: lines.append(margin + flow(node))
        }
    }

    /// Whether a value takes lines of its own.
    private static func isBlock(_ node: DocumentNode) -> Bool {
        switch node.content {
        case .mapping(let entries): !entries.isEmpty
        case .sequence(let items): !items.isEmpty
        case .text, .word, .null: false
        }
    }

    private static func flow(_ node: DocumentNode) -> String {
        switch node.content {
        case .mapping: "{}"
        case .sequence: "[]"
        case .text(let text): scalar(text)
        case .word(let word): word
        case .null: "null"
        }
    }

    private static func scalar(_ text: String) -> String {
        isPlain(text)
            ? text : JSONPrinter.pretty(DocumentNode(.text(text), at: .start))
    }

    /// Words that some version of YAML reads as something else than text.
    private static let taken: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]

    /// Whether a text is the same written without quotes: a letter or a slash first, nothing that YAML gives a meaning.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "/"),
            text.last != " ", text.last != ":", !text.contains(": "), !text.contains(" #"),
            !taken.contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || " _-./:@+~=%?;()#".utf8.contains(byte)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
