import ArgumentParser
import TextForms

/// Finds the command that someone probably meant.
enum CommandGuess {
    /// What other programs call what ours do.
    private static let otherWords = [
        "ls": "list", "get": "list", "describe": "show", "view": "show", "add": "set", "create": "set",
        "edit": "set",
        "update": "set", "rm": "delete", "remove": "delete", "stop": "cancel", "log": "events",
        "logs": "events",
        "export": "inventory export", "import": "inventory import", "apply": "inventory apply",
        "login": "config set-context", "version": "--version",
    ]

    /// What to say of a command line that names a command that isn't there; nil where all of them are.
    static func words(for arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = PrecacheCommand.self
        var path = ""
        for argument in arguments {
            let subcommands = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
            guard !subcommands.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return nil }
            guard let next = subcommands.first(where: { $0.configuration.commandName == argument }) else {
                let names = subcommands.compactMap { $0.configuration.commandName }
                let rest =
                    meant(argument, among: names).map { "did you mean '\($0)'?" }
                    ?? "there are \(names.joined(separator: ", "))"
                return "there is no command '\(path)\(TerminalText.escaped(argument))'; \(rest)"
            }
            command = next
            path += argument + " "
        }
        return nil
    }

    private static func meant(_ word: String, among names: [String]) -> String? {
        if let same = otherWords[word],
            names.contains(String(same.prefix { $0 != " " })) || same.hasPrefix("--")
        {
            return same
        }
        return NearestName.find(word, in: names)
    }
}
