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

extension SettingsSchema {
    /// A settings file with every key explained and commented out: as it stands, it changes nothing.
    ///
    /// Text stands after `# `, a key right after `#`, so that taking one character away puts a setting in force. Keys have
    /// their tables before them, so that none has to be put in force with them, and more may follow, spelled the same.
    package func sampleFile() -> String {
        var lines = [
            "# Settings of \(program). Every key is shown with its default, or an example where it has none.",
            "# An environment variable beats this file, a flag beats both.",
        ]
        for table in tables() {
            for definition in definitions where definition.table == table {
                lines.append("")
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
        return comments.map { "# \($0)" } + ["#\(definition.key) = \(definition.sampleValue)"]
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

/// Breaking of help into lines.
enum WrappedText {
    /// Lines of at most `width` characters, but for words that are longer.
    static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

/// Writing of TOML.
enum TOMLText {
    /// A basic string (TOML 1.0, "String").
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
