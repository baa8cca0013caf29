/// The checked settings of a program.
package struct SettingsValues: Sendable {
    struct Entry: Sendable {
        let value: SettingValue
        let origin: SettingOrigin
    }

    /// What works but should be mended, such as a settings file with secrets that others may read; log it at start.
    package let warnings: [String]

    let entries: [String: Entry]
    private let definitions: [SettingDefinition]

    init(entries: [String: Entry], definitions: [SettingDefinition], warnings: [String]) {
        self.entries = entries
        self.definitions = definitions
        self.warnings = warnings
    }

    /// The value of a setting: as given, else its default.
    package subscript<Value>(_ setting: Setting<Value>) -> Value {
        entries[setting.definition.key].flatMap { setting.read($0.value) } ?? setting.fallback
    }

    /// Where the value of a setting came from.
    package func origin(of setting: some AnySetting) -> SettingOrigin {
        entries[setting.definition.key]?.origin ?? .fallback
    }

    /// The keys of settings that have another value in the other ones, in the order of the schema.
    package func keys(differingFrom other: SettingsValues) -> [String] {
        definitions.filter { definition in
            (entries[definition.key]?.value ?? definition.fallback)
                != (other.entries[definition.key]?.value ?? definition.fallback)
        }.map(\.key)
    }

    /// The files that secrets were read from.
    package var secretFiles: [String] {
        definitions.compactMap { definition in
            guard let key = definition.fileDefinition?.key, case .text(let path)? = entries[key]?.value else {
                return nil
            }
            return path
        }
    }

    /// All settings that differ from nothing, for a look at what a program runs with; secrets are `<secret>`.
    ///
    /// In the order of the schema; settings that nobody gave and that have no default are left out.
    package func dump() -> [(key: String, value: String, origin: SettingOrigin)] {
        definitions.compactMap { definition in
            guard let value = entries[definition.key]?.value ?? definition.fallback else { return nil }
            let origin = entries[definition.key]?.origin ?? .fallback
            return (definition.key, definition.isSecret ? Secret("").description : value.text, origin)
        }
    }
}

extension SettingsValues: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Every value with its origin, a line each; secrets are `<secret>`.
    package var description: String {
        dump().map { "\($0.key) = \($0.value) (\($0.origin))" }.joined(separator: "\n")
    }

    /// As ``description``.
    package var debugDescription: String { description }

    /// The entries of ``dump()``, so that `Swift.dump` and debuggers show no secret.
    package var customMirror: Mirror {
        Mirror(self, children: dump().map { (label: $0.key, value: $0.value as Any) })
    }
}
