/// A file that was read and found of the shape that it should have.
package struct CheckedFile: Sendable {
    /// The file's name, for messages; `-` is standard input.
    package let name: String
    /// Its content as JSON, as the service takes it.
    package let body: [UInt8]
    private let root: DocumentNode

    /// Reads a file of a shape.
    ///
    /// Throws ``CheckedFileError`` with every problem found, each with its line.
    package init(name: String, text: String, as shape: ObjectShape) throws(CheckedFileError) {
        let shown = name == "-" ? "standard input" : TerminalText.escaped(name)
        let root: DocumentNode
        do {
            root = try DocumentReader.read(text, as: DocumentReader.language(file: name, text: text))
        } catch {
            throw CheckedFileError(file: shown, problems: [error])
        }
        guard root.content != .null else {
            let start = DocumentPosition.start
            let known = shape.fields.map(\.name).joined(separator: ", ")
            let message = "the file is empty; it may have \(known)"
            throw CheckedFileError(file: shown, problems: [DocumentProblem(start, message)])
        }
        var checker = ShapeChecker()
        let checked = checker.object(root, shape)
        guard checker.problems.isEmpty else {
            throw CheckedFileError(
                file: shown,
                problems: checker.problems.sorted { $0.position < $1.position }
            )
        }
        self.name = shown
        self.root = checked
        body = JSONPrinter.compact(checked)
    }

    /// The content as JSON with more members.
    package func body(with flags: KeyValuePairs<String, Bool>) -> [UInt8] {
        guard case .mapping(let entries) = root.content else { return body }
        let more = flags.map { name, value in
            DocumentNode.Entry(key: name, position: .start, value: .init(.word("\(value)"), at: .start))
        }
        return JSONPrinter.compact(DocumentNode(.mapping(entries + more), at: root.position))
    }

    /// The line of a field that the service refused, as `FILE:LINE:COLUMN: message`.
    package func line(field: String, message: String) -> String {
        let text = TerminalText.escaped(field.isEmpty ? message : "\(field): \(message)")
        return DocumentProblem(root.nearest(to: field).position, text).line(file: name)
    }
}

/// A file that can't be used: everything that is wrong with it.
package struct CheckedFileError: Error, Sendable, Hashable {
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
