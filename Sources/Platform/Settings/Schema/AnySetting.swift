/// A setting of whatever type, as a schema lists it.
package protocol AnySetting: Sendable {
    /// Key, kind, default and help.
    var definition: SettingDefinition { get }
}
