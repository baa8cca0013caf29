import TextForms

/// Reads `--listen-port 7700` and `--listen-port=7700`; of a flag given twice the last counts.
struct FlagReader {
    private let byFlag: [String: SettingDefinition]
    private let schema: SettingsSchema
    private(set) var values: [String: RawSetting] = [:]
    private(set) var problems: [SettingsProblem] = []

    init(schema: SettingsSchema) {
        self.schema = schema
        self.byFlag = Dictionary(
            schema.definitions.map { ($0.flag, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Takes the arguments after the program's name.
    ///
    /// Values of what isn't known are never repeated: they may be secret.
    mutating func read(_ arguments: [String]) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            guard argument.hasPrefix("--"), argument.count > 2 else {
                problems.append(
                    SettingsProblem(
                        .usage,
                        "argument \(index) is no flag; settings are given as --key VALUE or --key=VALUE"
                    )
                )
                continue
            }
            let name = String(argument.prefix { $0 != "=" })
            var value = argument.count > name.count ? String(argument.dropFirst(name.count + 1)) : nil
            if value == nil, index < arguments.count, takesNext(name, arguments[index]) {
                value = arguments[index]
                index += 1
            }
            take(name, value)
        }
    }

    /// A flag of a Boolean stands alone, unless a Boolean follows it.
    private func takesNext(_ name: String, _ next: String) -> Bool {
        guard !next.hasPrefix("--") else { return false }
        if case .bool = byFlag[name]?.kind, case .failure = SettingKind.bool.parse(next) { return false }
        return true
    }

    private mutating func take(_ name: String, _ value: String?) {
        guard let definition = byFlag[name] else {
            let flags = schema.definitions.filter { !$0.isSecret }.map(\.flag)
            let meant = NearestName.find(name, in: flags).map { "; did you mean \($0)?" } ?? ""
            problems.append(SettingsProblem(.unknown, origin: .flag(name), "unknown flag \(name)\(meant)"))
            return
        }
        guard !definition.isSecret else {
            problems.append(refusal(of: definition))
            return
        }
        if case .bool = definition.kind, value == nil {
            values[definition.key] = RawSetting(text: "true", shown: "true", origin: .flag(name))
        } else if let value {
            values[definition.key] = RawSetting(
                text: value,
                shown: TOMLText.quoted(value),
                origin: .flag(name)
            )
        } else {
            problems.append(
                SettingsProblem(
                    .usage,
                    key: definition.key,
                    origin: .flag(name),
                    "flag \(name) needs a value: \(definition.kind.allowed)"
                )
            )
        }
    }

    private func refusal(of definition: SettingDefinition) -> SettingsProblem {
        let variable = definition.environmentName(prefix: schema.environmentPrefix)
        return SettingsProblem(
            .secretFlag,
            key: definition.key,
            origin: .flag(definition.flag),
            "\(definition.key) is secret and not taken as a flag, since every user of this machine can read those;"
                + " use \(definition.flag)-file PATH, \(variable)_FILE, \(variable), or the settings file"
        )
    }
}
