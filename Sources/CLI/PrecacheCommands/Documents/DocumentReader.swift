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
