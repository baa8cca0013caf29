internal import TOMLKit

/// A TOML document flattened to its values, each under its path of keys, with the line where it stands.
struct TOMLDocument {
    struct Entry {
        let path: [String]
        /// `nil` for a table that holds nothing.
        let value: TOMLScalar?
        let line: Int?

        /// The path as people write it: parts that are no bare keys are quoted.
        var name: String {
            path.map { TOMLLines.isBareKey($0) ? $0 : TOMLText.quoted($0) }.joined(separator: ".")
        }
    }

    let entries: [Entry]

    /// Reads a document.
    ///
    /// - Throws: ``TOMLSyntaxFault`` with the parser's words and the line.
    init(_ text: String) throws(TOMLSyntaxFault) {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw TOMLSyntaxFault(line: error.source.begin.line, reason: error.description)
        } catch {
            throw TOMLSyntaxFault(line: 0, reason: "\(error)")
        }
        var entries: [Entry] = []
        Self.flatten(table, path: [], lines: TOMLLines.locate(text), into: &entries)
        self.entries = entries
    }

    private static func flatten(
        _ table: TOMLTable,
        path: [String],
        lines: [[String]: Int],
        into entries: inout [Entry]
    ) {
        for key in table.keys.sorted() {
            guard let value = table[key] else { continue }
            let here = path + [key]
            if let inner = value.table, !inner.isEmpty {
                flatten(inner, path: here, lines: lines, into: &entries)
            } else {
                entries.append(Entry(path: here, value: scalar(value), line: lines[here]))
            }
        }
    }

    private static func scalar(_ value: any TOMLValueConvertible) -> TOMLScalar? {
        switch value.type {
        case .table: nil
        case .string: value.string.map { .string($0) }
        case .int: value.int.map { .integer($0) }
        case .double: value.double.map { .float($0) }
        case .bool: value.bool.map { .boolean($0) }
        case .array: .other("a list")
        case .date, .time, .dateTime: .other("a date or time")
        }
    }
}
