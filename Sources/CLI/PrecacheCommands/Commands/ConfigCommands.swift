import ArgumentParser
import PrecacheClient

/// `precache config …`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Keep the services that you work with, as contexts.",
        discussion: """
            They stand in $XDG_CONFIG_HOME/precache/config.yaml, or ~/.config/precache/config.yaml, which only you can read. \
            Options and the environment count before the current context.
            """,
        subcommands: [
            ConfigListCommand.self, ConfigShowCommand.self, ConfigSetContextCommand.self,
            ConfigUseContextCommand.self, ConfigDeleteContextCommand.self,
        ]
    )
}

/// `precache config list`.
struct ConfigListCommand: LocalCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the contexts.")

    func run(_ console: Console) throws -> ExitStatus {
        let file = try ContextFile.read(console.environment)
        guard !file.contexts.isEmpty else {
            try console.say(["No contexts. Add one with: precache config set-context NAME --url URL"])
            return .succeeded
        }
        var table = TextTable([.text("CURRENT"), .text("NAME"), .text("URL"), .prose("TOKEN")])
        for context in file.contexts {
            let token = context.tokenFile ?? context.token.map { _ in "(in the context)" }
            table.add([context.name == file.current ? "*" : "", context.name, context.url, token])
        }
        try console.print(table)
        return .succeeded
    }
}

/// `precache config show [NAME]`.
struct ConfigShowCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a context; never its token."
    )

    @Argument(help: "The context. Default: the current one.", completion: .contexts)
    var name: String?

    func run(_ console: Console) throws -> ExitStatus {
        let file = try ContextFile.read(console.environment)
        guard let context = try file.context(named: name) else {
            throw ClientError(
                .input,
                "no context is current",
                hint: "Choose one with: precache config use-context NAME"
            )
        }
        try console.print([
            ("Context", context.name), ("Url", context.url),
            ("Token", context.token.map { _ in "(hidden)" }), ("Token file", context.tokenFile),
            ("CA file", context.caFile), ("Certificate", context.certificate), ("Key", context.key),
        ])
        return .succeeded
    }
}

/// `precache config set-context NAME`.
struct ConfigSetContextCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-context",
        abstract:
            "Add a context, or change it; what isn't given stays. The first one becomes the current one.",
        discussion: "An empty value takes away what was there."
    )

    @Argument(help: "What to call it.")
    var name: String

    @Option(help: "The service's address.")
    var url: String?

    @Option(
        help: ArgumentHelp("A file that holds the access token alone.", valueName: "path"),
        completion: .file()
    )
    var tokenFile: String?

    @Flag(help: "Read the token from standard input, and keep it in the context.")
    var tokenStdin = false

    @Option(
        help: ArgumentHelp("PEM file of the authorities to check the service against.", valueName: "path"),
        completion: .file()
    )
    var caFile: String?

    @Option(
        help: ArgumentHelp("PEM file of a certificate to show to the service.", valueName: "path"),
        completion: .file()
    )
    var certificate: String?

    @Option(help: ArgumentHelp("PEM file of that certificate's key.", valueName: "path"), completion: .file())
    var key: String?

    func validate() throws {
        guard !tokenStdin || tokenFile == nil else {
            throw ValidationError("Give --token-file or --token-stdin, not both.")
        }
    }

    func run(_ console: Console) throws -> ExitStatus {
        var file = try ContextFile.read(console.environment)
        let place = file.contexts.firstIndex { $0.name == name }
        guard let known = place.map({ file.contexts[$0] }) ?? url.map({ ClientContext(name: name, url: $0) })
        else {
            throw ClientError(.input, "a new context needs --url")
        }
        var context = known
        context.url = try ServiceAddress(url ?? context.url).text
        let paths: [(String?, WritableKeyPath<ClientContext, String?>)] = [
            (tokenFile, \.tokenFile), (caFile, \.caFile), (certificate, \.certificate), (key, \.key),
        ]
        for (given, path) in paths {
            guard let given else { continue }
            context[keyPath: path] = given.isEmpty ? nil : LocalFile.whole(given)
        }
        if tokenFile != nil { context.token = nil }
        if tokenStdin {
            let text = AccessToken.trimmed(try LocalFile.text("-"))
            context.token = try AccessToken(checking: text, source: "standard input").text
            context.tokenFile = nil
        }
        if let place { file.contexts[place] = context } else { file.contexts.append(context) }
        file.current = file.current ?? name
        try file.write()
        try console.say([
            TerminalText.escaped(
                "Context '\(name)' is kept in \(file.path)"
                    + (file.current == name ? ", and is the current one." : ".")
            )
        ])
        try file.warnOfVariables(console)
        return .succeeded
    }
}

/// `precache config use-context NAME`.
struct ConfigUseContextCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "use-context",
        abstract: "Make a context the current one."
    )

    @Argument(help: "The context.", completion: .contexts)
    var name: String

    func run(_ console: Console) throws -> ExitStatus {
        var file = try ContextFile.read(console.environment)
        let context = try file.known(name)
        file.current = context.name
        try file.write()
        try console.say([TerminalText.escaped("The current context is '\(name)': \(context.url).")])
        try file.warnOfVariables(console)
        return .succeeded
    }
}

/// `precache config delete-context NAME`.
struct ConfigDeleteContextCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-context",
        abstract: "Forget a context; files that it names stay."
    )

    @Argument(help: "The context.", completion: .contexts)
    var name: String

    func run(_ console: Console) throws -> ExitStatus {
        var file = try ContextFile.read(console.environment)
        _ = try file.known(name)
        file.contexts.removeAll { $0.name == name }
        if file.current == name { file.current = nil }
        try file.write()
        try console.say([TerminalText.escaped("Deleted context '\(name)'.")])
        return .succeeded
    }
}

extension ContextFile {
    /// Says which variables keep commands from using the current context as it is.
    fileprivate func warnOfVariables(_ console: Console) throws(OutputClosed) {
        let set = ["PRECACHE_CONTEXT", "PRECACHE_URL", "PRECACHE_TOKEN", "PRECACHE_TOKEN_FILE"].filter {
            name in
            let value = console.environment[name] ?? ""
            return !value.isEmpty && !(name == "PRECACHE_CONTEXT" && value == current)
        }
        guard !set.isEmpty else { return }
        let verbs = set.count == 1 ? "is set and counts" : "are set and count"
        try console.say([
            "Warning: \(set.joined(separator: ", ")) \(verbs) before the current context; unset what isn't meant."
        ])
    }
}
