/// One typed setting of a program: key, type, default, range, help.
///
/// Declare it once, list it in a ``SettingsSchema``, and read it with `values[setting]`:
///
/// ```swift
/// static let port = Setting.int("listen.port", default: 7700, range: 0...65_535, help: "TCP port to listen on.")
/// ```
///
/// A setting without a default has an optional type and is `nil` where nobody gave it.
package struct Setting<Value: Sendable>: AnySetting {
    /// Key, kind, default and help.
    package let definition: SettingDefinition

    /// The value where nobody gave one.
    package let fallback: Value

    let read: @Sendable (SettingValue) -> Value?

    init(
        _ definition: SettingDefinition,
        fallback: Value,
        read: @escaping @Sendable (SettingValue) -> Value?
    ) {
        self.definition = definition
        self.fallback = fallback
        self.read = read
    }
}

/// A setting of whatever type, as a schema lists it.
package protocol AnySetting: Sendable {
    /// Key, kind, default and help.
    var definition: SettingDefinition { get }
}

/// Everything about one setting but its Swift type.
package struct SettingDefinition: Sendable {
    /// The key: lowercase words joined by underscores, in tables joined by dots, such as `listen.tls.client_ca`.
    package let key: String

    /// Whether its value is kept out of every error, description and dump, and is refused as a flag.
    package let isSecret: Bool

    /// What it is for, one or more sentences.
    package let help: String

    let kind: SettingKind
    let fallback: SettingValue?
    let example: String?

    init(
        _ key: String,
        kind: SettingKind,
        fallback: SettingValue? = nil,
        example: String? = nil,
        help: String
    ) {
        self.key = key
        self.kind = kind
        self.fallback = fallback
        self.example = example
        self.help = help
        if case .secret = kind { self.isSecret = true } else { self.isSecret = false }
    }

    /// The key's parts, from the outermost table to the name.
    var components: [String] { key.split(separator: ".").map(String.init) }

    /// The table that the key is in, empty at the top.
    var table: String { components.dropLast().joined(separator: ".") }

    /// The flag: dots and underscores become dashes.
    var flag: String {
        "--" + String(key.map { $0 == "." || $0 == "_" ? "-" : $0 })
    }

    /// The environment variable: dots become underscores.
    func environmentName(prefix: String) -> String {
        prefix + "_" + String(key.uppercased().map { $0 == "." ? "_" : $0 })
    }

    /// For a secret, the setting that names a file with it.
    var fileDefinition: SettingDefinition? {
        guard isSecret else { return nil }
        return SettingDefinition(
            key + "_file",
            kind: .path,
            example: "/etc/precache/\(key.replacingDots("-"))",
            help:
                "A file that holds `\(key)` alone, not readable by everyone; a line feed at its end is left out."
        )
    }

    /// Default or its absence, for people.
    var defaultText: String { fallback.map { "default \($0.toml)" } ?? "no default" }
}

extension String {
    fileprivate func replacingDots(_ with: Character) -> String {
        String(map { $0 == "." ? with : $0 })
    }
}

/// A secret text that does not show itself: printed, interpolated, dumped or mirrored, it reads `<secret>`.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The secret itself, for the one place that needs it.
    package let text: String

    /// Wraps a text.
    package init(_ text: String) {
        self.text = text
    }

    /// Always `<secret>`.
    package var description: String { "<secret>" }

    /// Always `<secret>`.
    package var debugDescription: String { "<secret>" }

    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
