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
