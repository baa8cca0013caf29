import PrecacheClient
import TextForms

/// A service that a person works with, and as whom.
struct ClientContext: Sendable, Hashable {
    let name: String
    var url: String
    /// The token itself; a file's path is better.
    var token: String?
    var tokenFile: String?
    var caFile: String?
    var certificate: String?
    var key: String?

    init(name: String, url: String) {
        self.name = name
        self.url = url
    }

    /// The fields beside the name, by what the file calls them, in its order.
    static var fields: [(key: String, path: WritableKeyPath<ClientContext, String?>)] {
        [
            ("token", \.token), ("token_file", \.tokenFile), ("ca_file", \.caFile),
            ("certificate", \.certificate),
            ("key", \.key),
        ]
    }
}

/// The contexts that a person keeps, in a YAML file.
struct ContextFile: Sendable {
    /// Where it is; it needn't be there.
    let path: String
    /// The context that counts where none is named.
    var current: String?
    var contexts: [ClientContext] = []

    /// `$XDG_CONFIG_HOME/precache/config.yaml`, else `~/.config/precache/config.yaml`.
    static func path(_ environment: [String: String]) -> String {
        let named = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (named ?? (environment["HOME"] ?? "") + "/.config") + "/precache/config.yaml"
    }

    /// Reads the file; there are no contexts where there is none.
    ///
    /// Throws ``ClientError`` of kind `input` that names the place of what is wrong.
    static func read(_ environment: [String: String]) throws -> ContextFile {
        var file = ContextFile(path: path(environment))
        guard LocalFile.exists(file.path) else { return file }
        do throws(DocumentProblem) {
            try file.take(DocumentReader.read(try text(file.path), as: .yaml))
        } catch {
            throw ClientError(.input, error.line(file: file.path))
        }
        return file
    }

    private static func text(_ path: String) throws(DocumentProblem) -> String {
        do { return try LocalFile.text(path) } catch {
            let words = (error as? ClientError)?.message ?? "\(error)"
            throw DocumentProblem(DocumentPosition.start, words)
        }
    }

    /// The context of a name, else the current one, else nil.
    func context(named name: String?) throws(ClientError) -> ClientContext? {
        guard let wanted = name ?? current else { return nil }
        return try known(wanted)
    }

    /// The context of a name, which has to be there.
    func known(_ name: String) throws(ClientError) -> ClientContext {
        if let context = contexts.first(where: { $0.name == name }) { return context }
        throw ClientError(
            .input,
            "there is no context '\(name)' in \(path)",
            hint: NameGuess.hint(name, among: contexts.map(\.name))
                ?? "See those that are there with: precache config list"
        )
    }

    /// Writes the file, for its owner alone.
    func write() throws(ClientError) {
        let place = DocumentPosition.start
        let mapping = { (fields: [(String, String?)]) in
            let entries = fields.compactMap { key, value in
                value.map {
                    DocumentNode.Entry(key: key, position: place, value: DocumentNode(.text($0), at: place))
                }
            }
            return DocumentNode(.mapping(entries), at: place)
        }
        let list = contexts.map { context in
            mapping(
                [("name", context.name), ("url", context.url)]
                    + ClientContext.fields.map { ($0.key, context[keyPath: $0.path]) }
            )
        }
        guard case .mapping(var entries) = mapping([("current", current)]).content else { return }
        entries.append(
            .init(key: "contexts", position: place, value: DocumentNode(.sequence(list), at: place))
        )
        try LocalFile.replace(
            path,
            with: YAMLPrinter.pretty(DocumentNode(.mapping(entries), at: place)) + "\n"
        )
    }

    private mutating func take(_ root: DocumentNode) throws(DocumentProblem) {
        if case .null = root.content { return }
        for entry in try Self.entries(root, "the file", ["current", "contexts"]) {
            if entry.key == "current" {
                current = try Self.text(entry)
            } else {
                guard case .sequence(let items) = entry.value.content else {
                    throw DocumentProblem(
                        entry.value.position,
                        "'contexts' takes a list, not \(entry.value.kind)"
                    )
                }
                for item in items { contexts.append(try Self.context(item)) }
            }
        }
    }

    private static func context(_ node: DocumentNode) throws(DocumentProblem) -> ClientContext {
        let entries = try entries(node, "a context", ["name", "url"] + ClientContext.fields.map(\.key))
        guard let name = entries.first(where: { $0.key == "name" }),
            let url = entries.first(where: { $0.key == "url" })
        else { throw DocumentProblem(node.position, "a context needs 'name' and 'url'") }
        var context = ClientContext(name: try text(name), url: try text(url))
        for entry in entries {
            guard let field = ClientContext.fields.first(where: { $0.key == entry.key }) else { continue }
            context[keyPath: field.path] = try text(entry)
        }
        return context
    }

    private static func entries(
        _ node: DocumentNode,
        _ what: String,
        _ known: [String]
    ) throws(DocumentProblem) -> [DocumentNode.Entry] {
        guard case .mapping(let entries) = node.content else {
            throw DocumentProblem(node.position, "\(what) must be a mapping, not \(node.kind)")
        }
        if let stranger = entries.first(where: { !known.contains($0.key) }) {
            let meant = NearestName.find(stranger.key, in: known).map { "did you mean '\($0)'?" }
            throw DocumentProblem(
                stranger.position,
                "\(what) has no field '\(TerminalText.escaped(stranger.key))'; "
                    + (meant ?? "it may have \(known.joined(separator: ", "))")
            )
        }
        return entries
    }

    private static func text(_ entry: DocumentNode.Entry) throws(DocumentProblem) -> String {
        guard let text = entry.value.plainText, !text.isEmpty else {
            throw DocumentProblem(entry.value.position, "'\(entry.key)' takes text, not \(entry.value.kind)")
        }
        return text
    }
}
