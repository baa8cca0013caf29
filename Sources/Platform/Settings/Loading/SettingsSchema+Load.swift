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
