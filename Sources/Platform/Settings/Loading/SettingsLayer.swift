internal import Configuration

/// One place that settings come from: a provider of swift-configuration, and how to name the origin of what it gives.
///
/// The environment is the library's own provider. File and flags go through its in-memory one: it reads no TOML, and
/// its provider of flags splits values at commas, keeps underscores in names and lets unknown flags pass.
struct SettingsLayer: Sendable {
    /// A value as written, not yet checked.
    struct Raw: Sendable {
        let text: String
        /// The value as an error shows it.
        let shown: String
        let origin: SettingOrigin
    }

    private let provider: any ConfigProvider
    private let key: @Sendable (SettingDefinition) -> AbsoluteConfigKey
    private let raw: @Sendable (SettingDefinition, String) -> Raw

    /// The raw value of a setting, if this place has one.
    func value(of definition: SettingDefinition) -> Raw? {
        guard let result = try? provider.value(forKey: key(definition), type: .string),
            case .string(let text) = result.value?.content
        else { return nil }
        return raw(definition, text)
    }

    /// Variables of the environment.
    static func environment(_ variables: [String: String], schema: SettingsSchema) -> SettingsLayer {
        let prefix = schema.environmentPrefix
        let secrets = schema.definitions.filter(\.isSecret).map { $0.environmentName(prefix: prefix) }
        let provider = EnvironmentVariablesProvider(
            environmentVariables: variables,
            secretsSpecifier: .specific(Set(secrets))
        )
        return SettingsLayer(
            provider: provider,
            key: { AbsoluteConfigKey([prefix] + $0.components) },
            raw: { definition, text in
                Raw(
                    text: text,
                    shown: TOMLText.quoted(text),
                    origin: .environment(definition.environmentName(prefix: prefix))
                )
            }
        )
    }

    /// Values at hand under their keys, from flags or a file.
    static func values(_ name: String, _ values: [String: Raw], schema: SettingsSchema) -> SettingsLayer {
        let pairs = values.compactMap { key, raw in
            schema.byKey[key].map { definition in
                (
                    AbsoluteConfigKey(definition.components),
                    ConfigValue(.string(raw.text), isSecret: definition.isSecret)
                )
            }
        }
        return SettingsLayer(
            provider: InMemoryProvider(
                name: name,
                values: Dictionary(pairs, uniquingKeysWith: { first, _ in first })
            ),
            key: { AbsoluteConfigKey($0.components) },
            raw: { definition, text in
                values[definition.key] ?? Raw(text: text, shown: TOMLText.quoted(text), origin: .fallback)
            }
        )
    }
}
