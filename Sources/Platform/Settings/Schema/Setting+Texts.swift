extension Setting where Value == String {
    /// A text that is not empty and holds no control characters.
    package static func string(_ key: String, default fallback: String, help: String) -> Setting {
        text(SettingDefinition(key, kind: .string, fallback: .text(fallback), help: help), fallback)
    }

    /// A path of a file or directory; nothing is expanded or checked here.
    package static func path(_ key: String, default fallback: String, help: String) -> Setting {
        text(SettingDefinition(key, kind: .path, fallback: .text(fallback), help: help), fallback)
    }

    /// One of some words.
    package static func choice(
        _ key: String,
        of names: [String],
        default fallback: String,
        help: String
    ) -> Setting {
        text(SettingDefinition(key, kind: .choice(names), fallback: .text(fallback), help: help), fallback)
    }

    /// A number from 1, or a percentage from `1%` to `100%`, as its text: `"32"`, `"25%"`.
    package static func countOrPercent(_ key: String, default fallback: String, help: String) -> Setting {
        text(SettingDefinition(key, kind: .countOrPercent, fallback: .text(fallback), help: help), fallback)
    }

    private static func text(_ definition: SettingDefinition, _ fallback: String) -> Setting {
        Setting(definition, fallback: fallback) { if case .text(let text) = $0 { text } else { nil } }
    }
}

extension Setting where Value == String? {
    /// A text without a default; `example` is shown in the sample file.
    package static func string(_ key: String, example: String? = nil, help: String) -> Setting {
        text(SettingDefinition(key, kind: .string, example: example, help: help))
    }

    /// A path without a default; `example` is shown in the sample file.
    package static func path(_ key: String, example: String? = nil, help: String) -> Setting {
        text(SettingDefinition(key, kind: .path, example: example, help: help))
    }

    /// An `http://` or `https://` URL without user and password; `example` is shown in the sample file.
    package static func url(_ key: String, example: String? = nil, help: String) -> Setting {
        text(SettingDefinition(key, kind: .url, example: example, help: help))
    }

    private static func text(_ definition: SettingDefinition) -> Setting {
        Setting(definition, fallback: nil) { if case .text(let text) = $0 { text } else { nil } }
    }
}

extension Setting where Value == [String] {
    /// Texts without commas in them, none by default; `example` is shown in the sample file.
    package static func texts(_ key: String, example: String? = nil, help: String) -> Setting {
        Setting(SettingDefinition(key, kind: .texts, example: example, help: help), fallback: []) {
            if case .texts(let texts) = $0 { texts } else { nil }
        }
    }
}

extension Setting where Value == Secret? {
    /// A secret: never shown, never taken as a flag.
    ///
    /// The key `KEY_file`, which names a file that holds it, comes with it by itself.
    package static func secret(_ key: String, help: String) -> Setting {
        Setting(SettingDefinition(key, kind: .secret, help: help), fallback: nil) {
            if case .text(let text) = $0 { Secret(text) } else { nil }
        }
    }
}

extension Setting
where Value: RawRepresentable & CaseIterable, Value.RawValue == String, Value.AllCases: Sendable {
    /// One of the raw values of an enumeration.
    package static func choice(_ key: String, default fallback: Value, help: String) -> Setting {
        let names = Value.allCases.map(\.rawValue)
        let definition = SettingDefinition(
            key,
            kind: .choice(names),
            fallback: .text(fallback.rawValue),
            help: help
        )
        return Setting(definition, fallback: fallback) {
            if case .text(let text) = $0 { Value(rawValue: text) } else { nil }
        }
    }
}
