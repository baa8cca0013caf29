/// A setting of whatever type, as a schema lists it.
public protocol AnySetting: Sendable {
    /// Key, kind, default and help.
    var definition: SettingDefinition { get }
}
