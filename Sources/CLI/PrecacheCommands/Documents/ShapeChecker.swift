/// Holds a document against a shape: finds every problem, and makes the JSON that the service takes.
struct ShapeChecker {
    /// What was found wrong, in the order of the document.
    private(set) var problems: [DocumentProblem] = []

    /// The object with bare words made text where the shape wants text, so that a host may be called `1234`.
    mutating func object(_ node: DocumentNode, _ shape: ObjectShape) -> DocumentNode {
        guard case .mapping(let entries) = node.content else {
            report(node.position, "\(shape.noun) belongs here (a mapping), not \(node.kind)")
            return node
        }
        var seen: Set<String> = []
        var checked: [DocumentNode.Entry] = []
        for entry in entries {
            guard let field = shape.shape(of: entry.key) else {
                let known = shape.fields.map(\.name).joined(separator: ", ")
                report(
                    entry.position,
                    "\(shape.noun) has no field '\(TerminalText.escaped(entry.key))'; it may have \(known)"
                )
                continue
            }
            guard seen.insert(entry.key).inserted else {
                report(entry.position, "'\(entry.key)' is given twice")
                continue
            }
            let value = entry.value.content == .null ? entry.value : check(entry.value, entry.key, field)
            checked.append(.init(key: entry.key, position: entry.position, value: value))
        }
        if let key = shape.key, !checked.contains(where: { $0.key == key && $0.value.content != .null }) {
            report(node.position, "\(shape.noun) needs '\(key)'")
        }
        return DocumentNode(.mapping(checked), at: node.position)
    }

    private mutating func check(_ node: DocumentNode, _ name: String, _ shape: FieldShape) -> DocumentNode {
        switch shape {
        case .text(let rule): return text(node, name, rule)
        case .integer(let range): return integer(node, name, range)
        case .amount(let rule):
            if case .word(let word) = node.content, Int64(word) != nil { return node }
            return text(node, name, rule)
        case .boolean:
            switch node.content {
            case .word("true"), .word("false"): return node
            case .word("True"), .word("TRUE"): return DocumentNode(.word("true"), at: node.position)
            case .word("False"), .word("FALSE"): return DocumentNode(.word("false"), at: node.position)
            default: return refuse(node, "'\(name)' must be true or false, not \(node.kind)")
            }
        case .texts: return texts(node, name)
        case .names(let rule): return names(node, name, rule)
        case .object(let shape): return object(node, shape)
        case .objects(let shape): return objects(node, name, shape)
        }
    }

    private mutating func text(
        _ node: DocumentNode,
        _ name: String,
        _ rule: (String) -> String?
    ) -> DocumentNode {
        switch node.content {
        case .text(let text), .word(let text):
            if let wrong = rule(text) { report(node.position, wrong) }
            return DocumentNode(.text(text), at: node.position)
        default:
            return refuse(node, "'\(name)' must be text, not \(node.kind)")
        }
    }

    private mutating func integer(
        _ node: DocumentNode,
        _ name: String,
        _ range: ClosedRange<Int64>
    ) -> DocumentNode {
        guard case .word(let word) = node.content, let value = Int64(word), range.contains(value) else {
            let upper = range.upperBound == Int64.max ? "" : " to \(range.upperBound)"
            return refuse(
                node,
                "'\(name)' must be a whole number from \(range.lowerBound)\(upper), not \(node.kind)"
            )
        }
        return DocumentNode(.word(String(value)), at: node.position)
    }

    private mutating func texts(_ node: DocumentNode, _ name: String) -> DocumentNode {
        guard case .mapping(let entries) = node.content else {
            return refuse(node, "'\(name)' must be a mapping of names to texts, not \(node.kind)")
        }
        var seen: Set<String> = []
        var checked: [DocumentNode.Entry] = []
        for entry in entries {
            if !seen.insert(entry.key).inserted {
                report(entry.position, "'\(TerminalText.escaped(entry.key))' is given twice in '\(name)'")
            }
            let value = text(entry.value, "\(name).\(TerminalText.escaped(entry.key))") { _ in nil }
            checked.append(.init(key: entry.key, position: entry.position, value: value))
        }
        return DocumentNode(.mapping(checked), at: node.position)
    }

    private mutating func names(
        _ node: DocumentNode,
        _ name: String,
        _ rule: (String) -> String?
    ) -> DocumentNode {
        guard case .sequence(let items) = node.content else {
            return refuse(node, "'\(name)' must be a list of names, not \(node.kind)")
        }
        var lines: [[UInt8]: Int] = [:]
        var checked: [DocumentNode] = []
        for item in items {
            let value = text(item, name, rule)
            if case .text(let text) = value.content {
                noteRepetition(of: text, at: item.position, in: &lines)
            }
            checked.append(value)
        }
        return DocumentNode(.sequence(checked), at: node.position)
    }

    private mutating func objects(
        _ node: DocumentNode,
        _ name: String,
        _ shape: ObjectShape
    ) -> DocumentNode {
        guard case .sequence(let items) = node.content else {
            return refuse(node, "'\(name)' must be a list, each item \(shape.noun), not \(node.kind)")
        }
        var lines: [[UInt8]: Int] = [:]
        var checked: [DocumentNode] = []
        for item in items {
            let value = object(item, shape)
            if case .mapping(let entries) = value.content,
                let key = entries.first(where: { $0.key == shape.key }),
                case .text(let text) = key.value.content
            {
                noteRepetition(of: text, at: key.value.position, in: &lines)
            }
            checked.append(value)
        }
        return DocumentNode(.sequence(checked), at: node.position)
    }

    private mutating func noteRepetition(
        of text: String,
        at position: DocumentPosition,
        in lines: inout [[UInt8]: Int]
    ) {
        if let first = lines[Array(text.utf8)] {
            report(position, "'\(TerminalText.escaped(text))' stands in line \(first) already")
        } else {
            lines[Array(text.utf8)] = position.line
        }
    }

    private mutating func refuse(_ node: DocumentNode, _ message: String) -> DocumentNode {
        report(node.position, message)
        return node
    }

    private mutating func report(_ position: DocumentPosition, _ message: String) {
        problems.append(DocumentProblem(position, message))
    }
}
