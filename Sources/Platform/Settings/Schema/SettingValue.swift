/// A value that passed its setting's checks.
enum SettingValue: Sendable, Equatable {
    case text(String)
    case int(Int)
    case bool(Bool)
    case duration(Duration)

    /// As it would be written in an environment variable.
    var text: String {
        switch self {
        case .text(let text): text
        case .int(let number): String(number)
        case .bool(let flag): String(flag)
        case .duration(let duration): SettingKind.text(duration.inSeconds)
        }
    }

    /// As it would be written in a TOML file.
    var toml: String {
        guard case .text(let text) = self else { return self.text }
        return TOMLText.quoted(text)
    }
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
