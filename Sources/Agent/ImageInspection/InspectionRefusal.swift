import Glibc

/// Why an image isn't to be trusted, or couldn't be looked at.
package struct InspectionRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of refusal; stable, for programs.
    package enum Code: String, Sendable {
        /// The bytes could make a program that opens them read what they shouldn't, or are malformed.
        case unsafe = "unsafe_image"
        /// The bytes are sound, but not what the image claims to be.
        case formatMismatch = "format_mismatch"
        /// The bytes couldn't be read.
        case unreadable = "io_error"
    }

    /// The kind.
    package let code: Code
    /// What was found, with the values, for people.
    ///
    /// Values from the image are quoted, shortened and free of control characters.
    package let description: String

    /// Describes a refusal.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension InspectionRefusal {
    static func unsafe(_ description: String) -> InspectionRefusal { InspectionRefusal(.unsafe, description) }

    /// What the system said to a call.
    static func system(_ action: String, _ code: Int32) -> InspectionRefusal {
        InspectionRefusal(.unreadable, "can't \(action): \(String(cString: strerror(code)))")
    }
}
