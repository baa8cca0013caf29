/// A value of a TOML document that is no table.
enum TOMLScalar: Equatable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    /// An array, a date or a time, by its name: no setting takes one.
    case other(String)

    /// What it is, for people.
    var typeName: String {
        switch self {
        case .string: "a text"
        case .integer: "a whole number"
        case .float: "a number"
        case .boolean: "true or false"
        case .other(let name): name
        }
    }

    /// The value as an environment variable would hold it.
    var text: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .float(let number): number.description
        case .boolean(let flag): String(flag)
        case .other: ""
        }
    }
}

extension SettingKind {
    /// Whether a TOML value is of a type that this setting takes: `"7700"` is a text, not a number.
    func takes(_ scalar: TOMLScalar) -> Bool {
        switch (self, scalar) {
        case (.string, .string), (.path, .string), (.url, .string), (.secret, .string), (.choice, .string):
            true
        case (.bool, .boolean), (.int, .integer), (.seconds, .integer), (.seconds, .float): true
        case (.bytes, .integer), (.bytes, .string): true
        case (.countOrPercent, .integer), (.countOrPercent, .string): true
        default: false
        }
    }
}
