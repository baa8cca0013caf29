extension Setting where Value == Bool {
    /// `true` or `false`; as a flag also without a value, for `true`.
    package static func bool(_ key: String, default fallback: Bool, help: String) -> Setting {
        Setting(
            SettingDefinition(key, kind: .bool, fallback: .bool(fallback), help: help),
            fallback: fallback
        ) {
            if case .bool(let flag) = $0 { flag } else { nil }
        }
    }
}

extension Setting where Value == Int {
    /// A whole number.
    package static func int(
        _ key: String,
        default fallback: Int,
        range: ClosedRange<Int> = 0...Int.max,
        help: String
    ) -> Setting {
        number(SettingDefinition(key, kind: .int(range), fallback: .int(fallback), help: help), fallback)
    }

    /// A number of bytes; in texts with an optional KiB, MiB, GiB or TiB.
    package static func bytes(
        _ key: String,
        default fallback: Int,
        range: ClosedRange<Int> = 0...Int.max,
        help: String
    ) -> Setting {
        number(SettingDefinition(key, kind: .bytes(range), fallback: .int(fallback), help: help), fallback)
    }

    private static func number(_ definition: SettingDefinition, _ fallback: Int) -> Setting {
        Setting(definition, fallback: fallback) { if case .int(let number) = $0 { number } else { nil } }
    }
}

extension Setting where Value == Int? {
    /// A whole number without a default.
    package static func int(_ key: String, range: ClosedRange<Int> = 0...Int.max, help: String) -> Setting {
        number(SettingDefinition(key, kind: .int(range), help: help))
    }

    /// A number of bytes without a default; in texts with an optional KiB, MiB, GiB or TiB.
    package static func bytes(_ key: String, range: ClosedRange<Int> = 0...Int.max, help: String) -> Setting {
        number(SettingDefinition(key, kind: .bytes(range), help: help))
    }

    private static func number(_ definition: SettingDefinition) -> Setting {
        Setting(definition, fallback: nil) { if case .int(let number) = $0 { number } else { nil } }
    }
}

extension Setting where Value == Duration {
    /// A duration, given as a number of seconds, which may have a fraction, or as a text such as `1h30m`.
    ///
    /// - Parameters:
    ///   - key: its last word should end in `_seconds`.
    ///   - fallback: the value where nobody gave one.
    ///   - range: what is allowed; by default up to ten years.
    ///   - help: what it is for.
    /// - Returns: the setting.
    package static func seconds(
        _ key: String,
        default fallback: Duration,
        range: ClosedRange<Duration> = .zero ... .seconds(315_360_000),
        help: String
    ) -> Setting {
        let limits = range.lowerBound.inSeconds...range.upperBound.inSeconds
        let definition = SettingDefinition(
            key,
            kind: .seconds(limits),
            fallback: .duration(fallback),
            help: help
        )
        return Setting(definition, fallback: fallback) {
            if case .duration(let duration) = $0 { duration } else { nil }
        }
    }
}

extension Setting where Value == Duration? {
    /// A duration without a default, given likewise.
    package static func seconds(
        _ key: String,
        range: ClosedRange<Duration> = .zero ... .seconds(315_360_000),
        help: String
    ) -> Setting {
        let limits = range.lowerBound.inSeconds...range.upperBound.inSeconds
        return Setting(SettingDefinition(key, kind: .seconds(limits), help: help), fallback: nil) {
            if case .duration(let duration) = $0 { duration } else { nil }
        }
    }
}
