/// What a setting's value may be.
enum SettingKind: Sendable {
    case string
    case path
    case url
    case secret
    case bool
    case int(ClosedRange<Int>)
    case bytes(ClosedRange<Int>)
    case seconds(ClosedRange<Double>)
    case choice([String])
    case countOrPercent
    case texts

    /// What is allowed, for people.
    var allowed: String {
        switch self {
        case .string: "a text"
        case .path: "a path"
        case .url: "an http:// or https:// URL without user and password"
        case .secret: "a secret text"
        case .bool: "true or false"
        case .int(let range): "a whole number\(Self.limits(range, unit: ""))"
        case .bytes(let range):
            "a number of bytes, or one with KiB, MiB, GiB or TiB\(Self.limits(range, unit: " bytes"))"
        case .seconds(let range):
            "a number of seconds from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound)), or a time such "
                + "as \"1h30m\""
        case .choice(let names): "one of \(names.joined(separator: ", "))"
        case .countOrPercent: "a number from 1, or a percentage such as \"25%\""
        case .texts: "a list of texts; outside of the file, one text with commas between them"
        }
    }

    /// A value to show where there is no default.
    var placeholder: String {
        switch self {
        case .string, .secret, .texts: "..."
        case .path: "/etc/precache/..."
        case .url: "https://..."
        case .bool: "false"
        case .int(let range): String(range.lowerBound)
        case .bytes(let range): String(range.lowerBound)
        case .seconds(let range): Self.text(range.lowerBound)
        case .choice(let names): names.first ?? ""
        case .countOrPercent: "25%"
        }
    }

    /// A number of seconds without a needless fraction.
    static func text(_ seconds: Double) -> String {
        Int(exactly: seconds).map(String.init) ?? seconds.description
    }

    private static func limits(_ range: ClosedRange<Int>, unit: String) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): ""
        case (let lower, .max): ", \(lower)\(unit) or more"
        case (.min, let upper): ", \(upper)\(unit) or less"
        case (let lower, let upper): " from \(lower) to \(upper)"
        }
    }
}

/// A value that passed its setting's checks.
enum SettingValue: Sendable, Equatable {
    case text(String)
    case int(Int)
    case bool(Bool)
    case duration(Duration)
    case texts([String])

    /// As it would be written in an environment variable.
    var text: String {
        switch self {
        case .text(let text): text
        case .int(let number): String(number)
        case .bool(let flag): String(flag)
        case .duration(let duration): SettingKind.text(duration.inSeconds)
        case .texts(let texts): texts.joined(separator: ", ")
        }
    }

    /// As it would be written in a TOML file.
    var toml: String {
        switch self {
        case .text(let text): TOMLText.quoted(text)
        case .texts(let texts): "[\(texts.map(TOMLText.quoted).joined(separator: ", "))]"
        default: text
        }
    }
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

/// What is wrong with a value, as the end of a sentence that begins with it.
package struct SettingFault: Error, Equatable {
    package let text: String

    init(_ text: String) {
        self.text = text
    }
}
