/// Finds the lines on which a TOML document's keys stand, which the parser does not tell.
///
/// It only serves error messages: it reads table headers and `key = value` lines, steps over multi-line strings, and
/// leaves out what it can't place, such as keys in inline tables.
enum TOMLLines {
    /// The line of each key and table, counted from 1.
    static func locate(_ text: String) -> [[String]: Int] {
        var found: [[String]: Int] = [:]
        var table: [String] = []
        var openString: String?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let quote = openString {
                if line.contains(quote) { openString = nil }
                continue
            }
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.hasPrefix("[") {
                guard let header = keys(content.drop { $0 == "[" }, until: "]") else { continue }
                table = header
                found[table] = index + 1
            } else if let path = keys(content, until: "=") {
                found[table + path] = index + 1
                openString = unclosedString(content)
            }
        }
        return found
    }

    /// Whether a key needs no quotes (TOML 1.0, "Keys").
    static func isBareKey(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isBare)
    }

    /// Reads a dotted key up to `end`; `nil` if there is none.
    private static func keys(_ text: Substring, until end: Character) -> [String]? {
        var parts: [String] = []
        var part = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { part.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == end {
                parts.append(part)
                return parts
            } else if character == "." {
                parts.append(part)
                part = ""
            } else if character.utf8.allSatisfy(isBare) {
                part.append(character)
            } else if character != " ", character != "\t" {
                return nil
            }
        }
        return nil
    }

    /// The kind of quotes of a multi-line string that begins on this line and does not end on it.
    private static func unclosedString(_ line: Substring) -> String? {
        for quote in ["\"\"\"", "'''"] {
            guard let value = line.firstIndex(of: "=").map({ line[$0...].dropFirst() }) else { continue }
            let trimmed = value.drop { $0 == " " || $0 == "\t" }
            if trimmed.hasPrefix(quote), !trimmed.dropFirst(3).contains(quote) { return quote }
        }
        return nil
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}
