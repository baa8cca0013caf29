/// An inventory file that was read and found well-formed.
package struct InventoryFile: Sendable {
    /// The file's name, for messages; `-` is standard input.
    package let name: String
    /// The JSON for `PUT /v1/inventory`.
    package let body: [UInt8]
    private let root: DocumentNode

    /// Reads an inventory.
    ///
    /// Throws ``InventoryFileError`` with every problem found, each with its line.
    package init(name: String, text: String) throws(InventoryFileError) {
        let shown = name == "-" ? "standard input" : TerminalText.escaped(name)
        let root: DocumentNode
        do {
            root = try DocumentReader.read(text, as: DocumentReader.language(file: name, text: text))
        } catch {
            throw InventoryFileError(file: shown, problems: [error])
        }
        guard root.content != .null else {
            let start = DocumentPosition.start
            let known = ObjectShape.inventory.fields.map(\.name).joined(separator: ", ")
            let message = "the file is empty; it may have \(known)"
            throw InventoryFileError(file: shown, problems: [DocumentProblem(start, message)])
        }
        var checker = ShapeChecker()
        let checked = checker.object(root, .inventory)
        guard checker.problems.isEmpty else {
            throw InventoryFileError(
                file: shown,
                problems: checker.problems.sorted { $0.position < $1.position }
            )
        }
        self.name = shown
        self.root = checked
        body = JSONPrinter.compact(checked)
    }

    /// The line of a field that the service refused, as `FILE:LINE:COLUMN: message`.
    package func line(field: String, message: String) -> String {
        let text = TerminalText.escaped(field.isEmpty ? message : "\(field): \(message)")
        return DocumentProblem(root.nearest(to: field).position, text).line(file: name)
    }
}

/// An inventory file that can't be used: everything that is wrong with it.
package struct InventoryFileError: Error, Sendable, Hashable {
    package let file: String
    /// What is wrong, in the order of the file; never empty.
    package let problems: [DocumentProblem]

    /// The most problems that are written out.
    package static let mostShown = 20

    /// A line for each problem, as editors jump from.
    package var lines: [String] {
        let shown = problems.prefix(Self.mostShown).map { $0.line(file: file) }
        guard problems.count > Self.mostShown else { return shown }
        return shown + ["… and \(problems.count - Self.mostShown) more"]
    }
}
