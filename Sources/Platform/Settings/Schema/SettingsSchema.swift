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

extension SettingsSchema {
    /// Reads and checks all settings; blocks while it reads files.
    ///
    /// - Parameters:
    ///   - file: the TOML file, which must exist if it is named; `nil` for none.
    ///   - environment: all environment variables; those without our prefix are left alone, empty ones count as not set.
    ///   - arguments: flags of settings only, without the program's name and its own flags.
    /// - Returns: the values, with warnings to log.
    /// - Throws: ``SettingsError`` with every problem found: unknown names, wrong types, values out of range, files that
    ///   can't be read, secrets as flags.
    package func load(
        file: String?,
        environment: [String: String],
        arguments: [String]
    ) throws(SettingsError) -> SettingsValues {
        var loader = SettingsLoader(schema: self)
        return try loader.load(file: file, environment: environment, arguments: arguments)
    }
}
