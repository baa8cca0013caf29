extension SettingsSchema {
    /// All settings for a terminal: key, what is allowed, default, purpose, variable and flag.
    package func help() -> String {
        var lines = [
            "Settings of \(program): file, then environment, then flags; the later wins.",
            "A secret is never a flag; its KEY_file names a file that holds it.",
        ]
        for definition in definitions {
            lines.append("")
            lines.append(definition.key)
            let facts = "\(definition.kind.allowed); \(definition.defaultText)."
            lines += WrappedText.lines(definition.help, width: 96).map { "    \($0)" }
            lines += WrappedText.lines("Allowed: \(facts)", width: 96).map { "    \($0)" }
            let flag = definition.isSecret ? "" : "   \(definition.flag)"
            lines.append("    \(definition.environmentName(prefix: environmentPrefix))\(flag)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
