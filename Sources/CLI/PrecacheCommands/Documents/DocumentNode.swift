/// A value of a YAML or JSON document with the place where it begins.
package struct DocumentNode: Sendable, Hashable {
    /// A mapping's entry.
    package struct Entry: Sendable, Hashable {
        package let key: String
        /// Where the key begins.
        package let position: DocumentPosition
        package let value: DocumentNode
    }

    /// What a value is.
    package enum Content: Sendable, Hashable {
        /// Named values in the order of the document; names may repeat.
        case mapping([Entry])
        /// Values in a row.
        case sequence([DocumentNode])
        /// Quoted text.
        case text(String)
        /// A bare word that isn't null: a number, `true`, or in YAML any text.
        case word(String)
        /// Nothing.
        case null
    }

    /// What the value is.
    package let content: Content
    /// Where it begins.
    package let position: DocumentPosition

    package init(_ content: Content, at position: DocumentPosition) {
        self.content = content
        self.position = position
    }

    /// What the value is, for messages.
    package var kind: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .text: "text"
        case .word(let word): "'\(TerminalText.escaped(String(word.prefix(60))))'"
        case .null: "nothing"
        }
    }

    /// The value as one text, nil for nothing and for what holds other values.
    package var plainText: String? {
        switch content {
        case .text(let text), .word(let text): text
        case .mapping, .sequence, .null: nil
        }
    }

    /// The value that a path like `hosts[3].address` names, or the closest thing around it.
    package func nearest(to path: String) -> DocumentNode {
        var node = self
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            switch node.content {
            case .mapping(let entries):
                guard let entry = entries.first(where: { $0.key == step }) else { return node }
                node = entry.value
            case .sequence(let items):
                guard let index = Int(step), items.indices.contains(index) else { return node }
                node = items[index]
            case .text, .word, .null:
                return node
            }
        }
        return node
    }
}

extension DocumentNode {
    /// A member of a mapping; nil without one, and for anything else.
    subscript(key: String) -> DocumentNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The mapping with another value for a member that it has.
    func with(_ key: String, _ value: Content) -> DocumentNode {
        guard case .mapping(let entries) = content else { return self }
        let changed = entries.map { entry in
            guard entry.key == key else { return entry }
            return Entry(
                key: key,
                position: entry.position,
                value: DocumentNode(value, at: entry.position)
            )
        }
        return DocumentNode(.mapping(changed), at: position)
    }
}

/// A place in a document, counted from 1.
package struct DocumentPosition: Sendable, Hashable, Comparable {
    package let line: Int
    /// The column, in characters.
    package let column: Int

    /// Where a document begins, and what was never in one.
    package static let start = DocumentPosition(line: 1, column: 1)

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders by place in the document.
    package static func < (left: DocumentPosition, right: DocumentPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// Something wrong at a place of a document.
package struct DocumentProblem: Error, Sendable, Hashable {
    /// Where.
    package let position: DocumentPosition
    /// What, in one sentence without a full stop.
    package let message: String
    /// Whether it is that a mapping, which begins there, has a key twice.
    package let isRepetition: Bool

    package init(_ position: DocumentPosition, _ message: String, isRepetition: Bool = false) {
        self.position = position
        self.message = message
        self.isRepetition = isRepetition
    }

    /// `FILE:LINE:COLUMN: message`, the form that editors jump from.
    package func line(file: String) -> String {
        "\(file):\(position.line):\(position.column): \(message)"
    }
}
