/// All settings of one program: where they are read from, how they are checked, and what documents them.
///
/// A value comes from the TOML file, else from its default; an environment variable beats the file, a flag beats both.
/// The key `listen.port` is `port` in the table `[listen]`, `PREFIX_LISTEN_PORT`, and `--listen-port`.
package struct SettingsSchema: Sendable {
    /// The program's name, for documents and messages.
    package let program: String

    /// What its environment variables begin with, without the underscore, such as `PRECACHED`.
    package let environmentPrefix: String

    /// Every setting in the order of declaration, a secret's `_file` right after it.
    package let definitions: [SettingDefinition]

    let byKey: [String: SettingDefinition]

    /// Variables that begin like ours and are someone else's.
    let foreignVariables: Set<String>

    /// Makes a schema; two settings that share a key, a variable or a flag are a mistake in the program and trap.
    ///
    /// - Parameters:
    ///   - program: the name of the executable.
    ///   - environmentPrefix: uppercase letters and underscores, not ending in one.
    ///   - settings: every setting, in the order in which documents show them.
    ///   - foreignVariables: environment variables with our prefix that are not settings, such as `PRECACHED_CONFIG`.
    package init(
        program: String,
        environmentPrefix: String,
        settings: [any AnySetting],
        foreignVariables: Set<String> = []
    ) {
        self.program = program
        self.environmentPrefix = environmentPrefix
        self.foreignVariables = foreignVariables
        let definitions = settings.map(\.definition).flatMap { [$0] + ($0.fileDefinition.map { [$0] } ?? []) }
        self.definitions = definitions
        self.byKey = Dictionary(definitions.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let flags = Set(definitions.map(\.flag))
        let variables = Set(definitions.map { $0.environmentName(prefix: environmentPrefix) })
        precondition(
            flags.count == definitions.count && variables.count == definitions.count,
            "two settings of \(program) share a key, a flag or a variable"
        )
    }
}
