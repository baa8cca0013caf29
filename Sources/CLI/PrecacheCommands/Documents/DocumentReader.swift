import Yams

/// Reads a YAML or JSON document into nodes that know their lines.
package enum DocumentReader {
    /// The languages that a document may be in.
    package enum Language: Sendable, Hashable {
        /// YAML 1.1, one document.
        case yaml
        /// JSON (RFC 8259).
        case json
    }

    /// The language of a file: by its name's end, else by its first character.
    package static func language(file: String, text: String) -> Language {
        let name = file.lowercased()
        if name.hasSuffix(".json") { return .json }
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return .yaml }
        return text.first { !$0.isWhitespace } == "{" ? .json : .yaml
    }

    /// Reads a document.
    ///
    /// Throws ``DocumentProblem`` at the place where the document can't be read on.
    package static func read(_ text: String, as language: Language) throws(DocumentProblem) -> DocumentNode {
        switch language {
        case .yaml: return try YAMLDocument.read(text)
        case .json:
            var parser = JSONDocumentParser(text)
            return try parser.document()
        }
    }
}

/// Reads YAML by Yams.
enum YAMLDocument {
    // Deeper than any inventory; keeps hostile nesting off the stack.
    private static let deepest = 64
    // Aliases are copied where they stand, so a small file can stand for a huge one; this is where it stops.
    private static let mostNodes = 2_000_000

    static func read(_ text: String) throws(DocumentProblem) -> DocumentNode {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw problem(error)
        } catch {
            throw DocumentProblem(DocumentPosition.start, "\(error)")
        }
        guard let root else {
            return DocumentNode(.null, at: .start)
        }
        var budget = mostNodes
        return try node(root, depth: 0, budget: &budget)
    }

    private static func node(
        _ node: Node,
        depth: Int,
        budget: inout Int
    ) throws(DocumentProblem) -> DocumentNode {
        let place = position(node.mark)
        budget -= 1
        guard budget > 0 else { throw DocumentProblem(place, "more than \(mostNodes) values") }
        guard depth < deepest else { throw DocumentProblem(place, "nested deeper than \(deepest) levels") }
        switch node {
        case .mapping(let mapping):
            var entries: [DocumentNode.Entry] = []
            var inherited: [DocumentNode] = []
            for (key, value) in mapping {
                if isMerge(key) {
                    inherited.append(try Self.node(value, depth: depth + 1, budget: &budget))
                    continue
                }
                guard case .scalar(let scalar) = key else {
                    throw DocumentProblem(position(key.mark), "a key must be text")
                }
                entries.append(
                    DocumentNode.Entry(
                        key: scalar.string,
                        position: position(key.mark),
                        value: try Self.node(value, depth: depth + 1, budget: &budget)
                    )
                )
            }
            for node in inherited { try merge(node, into: &entries) }
            return DocumentNode(.mapping(entries), at: place)
        case .sequence(let sequence):
            var items: [DocumentNode] = []
            for item in sequence { items.append(try Self.node(item, depth: depth + 1, budget: &budget)) }
            return DocumentNode(.sequence(items), at: place)
        case .scalar(let scalar):
            return DocumentNode(content(scalar), at: place)
        case .alias:
            throw DocumentProblem(place, "aliases aren't taken here; write the value out")
        }
    }

    /// `<<` (yaml.org, "Merge Key Language-Independent Type for YAML Version 1.1").
    private static func isMerge(_ key: Node) -> Bool {
        guard case .scalar(let scalar) = key else { return false }
        return scalar.style == .plain && scalar.string == "<<"
    }

    /// Adds what a mapping, or each of a list of them, has and the keys before it don't.
    private static func merge(
        _ node: DocumentNode,
        into entries: inout [DocumentNode.Entry]
    ) throws(DocumentProblem) {
        switch node.content {
        case .mapping(let others):
            let present = Set(entries.map(\.key))
            entries += others.filter { !present.contains($0.key) }
        case .sequence(let items):
            for item in items {
                guard case .mapping = item.content else {
                    throw DocumentProblem(item.position, "'<<' takes mappings, not \(item.kind)")
                }
                try merge(item, into: &entries)
            }
        case .text, .word, .null:
            throw DocumentProblem(node.position, "'<<' takes a mapping or a list of them, not \(node.kind)")
        }
    }

    private static func content(_ scalar: Node.Scalar) -> DocumentNode.Content {
        guard scalar.style == .plain || scalar.style == .any else { return .text(scalar.string) }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        default: return .word(scalar.string)
        }
    }

    private static func position(_ mark: Mark?) -> DocumentPosition {
        DocumentPosition(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private static func problem(_ error: YamlError) -> DocumentProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            DocumentProblem(position(mark), "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            DocumentProblem(
                position(context.mark),
                "repeated key: " + duplicates.map { TerminalText.escaped("\($0)") }.joined(separator: ", "),
                isRepetition: true
            )
        default:
            DocumentProblem(DocumentPosition.start, TerminalText.escaped("not YAML: \(error)"))
        }
    }
}
