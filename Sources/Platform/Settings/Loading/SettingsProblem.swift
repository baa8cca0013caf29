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
