/// Everything about one setting but its Swift type.
package struct SettingDefinition: Sendable {
    /// The key: lowercase words joined by underscores, in tables joined by dots, such as `listen.tls.client_ca`.
    package let key: String

    /// Whether its value is kept out of every error, description and dump, and is refused as a flag.
    package let isSecret: Bool

    /// What it is for, one or more sentences.
    package let help: String

    let kind: SettingKind
    let fallback: SettingValue?
    let example: String?

    init(
        _ key: String,
        kind: SettingKind,
        fallback: SettingValue? = nil,
        example: String? = nil,
        help: String
    ) {
        self.key = key
        self.kind = kind
        self.fallback = fallback
        self.example = example
        self.help = help
        if case .secret = kind { self.isSecret = true } else { self.isSecret = false }
    }

    /// The key's parts, from the outermost table to the name.
    var components: [String] { key.split(separator: ".").map(String.init) }

    /// The table that the key is in, empty at the top.
    var table: String { components.dropLast().joined(separator: ".") }

    /// The name within the table.
    var name: String { components.last ?? key }

    /// The flag: dots and underscores become dashes.
    var flag: String {
        "--" + String(key.map { $0 == "." || $0 == "_" ? "-" : $0 })
    }

    /// The environment variable: dots become underscores.
    func environmentName(prefix: String) -> String {
        prefix + "_" + String(key.uppercased().map { $0 == "." ? "_" : $0 })
    }

    /// For a secret, the setting that names a file with it.
    var fileDefinition: SettingDefinition? {
        guard isSecret else { return nil }
        return SettingDefinition(
            key + "_file",
            kind: .path,
            example: "/etc/precache/\(key.replacingDots("-"))",
            help:
                "A file that holds `\(key)` alone, not readable by everyone; a line feed at its end is left out."
        )
    }

    /// Default or its absence, for people.
    var defaultText: String { fallback.map { "default \($0.toml)" } ?? "no default" }
}

extension String {
    fileprivate func replacingDots(_ with: Character) -> String {
        String(map { $0 == "." ? with : $0 })
    }
}
