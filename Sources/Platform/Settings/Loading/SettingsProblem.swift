/// The settings as given can't be used; every problem found is told at once.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, at least one entry.
    package let problems: [SettingsProblem]

    /// One line for one problem, else a line that counts and one for each.
    package var description: String {
        guard problems.count > 1 else { return "settings: \(problems.first?.description ?? "unusable")" }
        return "settings: \(problems.count) problems\n"
            + problems.map { "  - \($0.description)" }.joined(separator: "\n")
    }
}

/// One thing that is wrong with the settings as given.
package struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
    /// What kind of wrong, for programs.
    package enum Code: String, Sendable {
        /// The settings file, or a secret's file, can't be read or may be read by everyone.
        case unreadableFile = "unreadable_file"
        /// The settings file is no valid TOML.
        case syntax
        /// No setting has this name.
        case unknown
        /// The value is of another type, or malformed.
        case wrongType = "wrong_type"
        /// The value is of the right type and not allowed.
        case notAllowed = "not_allowed"
        /// A flag without its value, or a word without a flag.
        case usage
        /// A secret given as a flag, where every user of the machine can see it.
        case secretFlag = "secret_flag"
        /// A secret given both itself and by file, in one place.
        case conflict
    }

    /// What kind of wrong.
    package let code: Code

    /// The setting's key, where it is one setting's problem.
    package let key: String?

    /// Where the value came from.
    package let origin: SettingOrigin?

    /// Key, value (never a secret's), origin, what is wrong and what is allowed: one line.
    package let description: String

    init(_ code: Code, key: String? = nil, origin: SettingOrigin? = nil, _ description: String) {
        self.code = code
        self.key = key
        self.origin = origin
        self.description = description
    }
}

/// Where a value came from.
package enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    /// Nobody gave it.
    case fallback
    /// The settings file, with the line where it could be found.
    case file(path: String, line: Int?)
    /// An environment variable.
    case environment(String)
    /// A flag.
    case flag(String)

    /// For people: `file /etc/precached.toml, line 3`, `environment variable PRECACHED_LISTEN_PORT`, `flag --listen-port`.
    package var description: String {
        switch self {
        case .fallback: "default"
        case .file(let path, let line): "file \(path)\(line.map { ", line \($0)" } ?? "")"
        case .environment(let name): "environment variable \(name)"
        case .flag(let name): "flag \(name)"
        }
    }
}
