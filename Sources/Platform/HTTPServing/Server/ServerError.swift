/// Why a server could not start or take new certificates.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Code: String, Sendable {
        /// The address is not a numeric one.
        case badAddress = "bad_address"
        /// The system refused to listen there: in use, not permitted, not this machine's.
        case cannotListen = "cannot_listen"
        /// A certificate, key or CA file cannot be used.
        case badCertificate = "bad_certificate"
        /// `start` was called for a second time, or after `stop`.
        case alreadyStarted = "already_started"
        /// The system lacks something, such as descriptors.
        case systemFailure = "system_failure"
    }

    /// What kind of thing went wrong.
    package let code: Code
    /// What was wrong with which value, and what mends it.
    package let message: String

    /// Describes a failure.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
