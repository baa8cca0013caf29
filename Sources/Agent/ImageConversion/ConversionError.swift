/// Why an image couldn't be converted.
package struct ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of failure; stable, for programs.
    package enum Code: String, Sendable {
        /// The task was cancelled; the program has ended.
        case cancelled
        /// The program, or the one that limits it, isn't there.
        case missing
        /// The format can't be converted.
        case unsupported
        /// The file system is full.
        case noSpace = "no_space"
        /// The program failed, or used up what it is allowed.
        case failed
    }

    /// The kind.
    package let code: Code
    /// What happened, for people, with what the program said.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
