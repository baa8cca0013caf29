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
        case .array: list(value.array)
        case .date, .time, .dateTime: .other("a date or time")
        }
    }
}

extension TOMLDocument {
    /// A list of texts; any other is one that no setting takes.
    private static func list(_ array: TOMLArray?) -> TOMLScalar {
        guard let array else { return .other("a list") }
        let texts = array.map { $0.string }
        let known = texts.compactMap { $0 }
        guard known.count == texts.count, !known.contains(where: { $0.isEmpty || $0.contains(",") })
        else {
            return .other("a list of other things than texts, none of them empty or with a comma in it")
        }
        return .texts(known)
    }
}

/// Where and why a document is no TOML.
struct TOMLSyntaxFault: Error {
    let line: Int
    let reason: String
}

/// A value of a TOML document that is no table.
enum TOMLScalar: Equatable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case texts([String])
    /// Another list, a date or a time, by its name: no setting takes one.
    case other(String)

    /// What it is, for people.
    var typeName: String {
        switch self {
        case .string: "a text"
        case .integer: "a whole number"
        case .float: "a number"
        case .boolean: "true or false"
        case .texts: "a list"
        case .other(let name): name
        }
    }

    /// The value as an environment variable would hold it.
    var text: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .float(let number): number.description
        case .boolean(let flag): String(flag)
        case .texts(let texts): texts.joined(separator: ", ")
        case .other: ""
        }
    }
}

extension SettingKind {
    /// Whether a TOML value is of a type that this setting takes: `"7700"` is a text, not a number.
    func takes(_ scalar: TOMLScalar) -> Bool {
        switch (self, scalar) {
        case (.string, .string), (.path, .string), (.url, .string), (.secret, .string), (.choice, .string):
            true
        case (.bool, .boolean), (.int, .integer), (.seconds, .integer), (.seconds, .float),
            (.seconds, .string):
            true
        case (.bytes, .integer), (.bytes, .string): true
        case (.countOrPercent, .integer), (.countOrPercent, .string): true
        case (.texts, .texts), (.texts, .string): true
        default: false
        }
    }
}
