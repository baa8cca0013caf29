extension SettingsSchema {
    /// A settings file with every key explained and commented out: as it stands, it changes nothing.
    ///
    /// Text stands after `# `, a key right after `#`, so that taking one character away puts a setting in force.
    package func sampleFile() -> String {
        var lines = [
            "# Settings of \(program). Every key is shown with its default, or an example where it has none.",
            "# An environment variable beats this file, a flag beats both.",
        ]
        for table in tables() {
            lines.append("")
            if !table.isEmpty { lines.append("[\(table)]") }
            var isFirst = true
            for definition in definitions where definition.table == table {
                if !isFirst { lines.append("") }
                isFirst = false
                lines += sampleLines(definition)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The tables, top-level keys first, then in the order in which they are first named.
    private func tables() -> [String] {
        var tables: [String] = definitions.contains { $0.table.isEmpty } ? [""] : []
        for definition in definitions where !tables.contains(definition.table) {
            tables.append(definition.table)
        }
        return tables
    }

    private func sampleLines(_ definition: SettingDefinition) -> [String] {
        let spellings =
            definition.environmentName(prefix: environmentPrefix)
            + (definition.isSecret ? "; no flag, since it is secret" : ", \(definition.flag)")
        let allowed = definition.kind.allowed
        let facts = "\(allowed.prefix(1).uppercased())\(allowed.dropFirst()); \(definition.defaultText)."
        let comments =
            WrappedText.lines(definition.help, width: 100) + WrappedText.lines(facts, width: 100) + [
                spellings
            ]
        return comments.map { "# \($0)" } + ["#\(definition.name) = \(definition.sampleValue)"]
    }
}

extension SettingDefinition {
    /// The default or an example, as TOML.
    fileprivate var sampleValue: String {
        if let fallback { return fallback.toml }
        let shown = example ?? kind.placeholder
        switch kind.parse(shown) {
        case .success(let value): return value.toml
        case .failure: return TOMLText.quoted(shown)
        }
    }
}
