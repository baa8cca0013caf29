package import HTTPTypes

/// A request that cannot be served, in the terms of the answer that it gets.
package struct HTTPFailure: Error, Sendable, CustomStringConvertible {
    /// The status of the answer.
    package var status: HTTPResponse.Status
    /// A stable name for programs: `bad_request`, `not_found`, `too_large`.
    package var code: String
    /// What was wrong, for people; no secrets.
    package var message: String
    /// Fields that the answer carries, such as `Allow` or `Retry-After`.
    package var headers: HTTPFields
    /// The error behind it, for the log only; nil when there is none.
    package var underlying: (any Error)?

    /// Describes a failure.
    package init(
        status: HTTPResponse.Status,
        code: String,
        message: String,
        headers: HTTPFields = [:],
        underlying: (any Error)? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.underlying = underlying
    }

    /// Status, code and message.
    package var description: String { "\(status.code) \(code): \(message)" }
}

extension HTTPFailure {
    static func badRequest(_ message: String) -> HTTPFailure {
        HTTPFailure(status: .badRequest, code: "bad_request", message: message)
    }

    static func bodyTooLarge(limit: Int) -> HTTPFailure {
        HTTPFailure(
            status: .contentTooLarge,
            code: "too_large",
            message: "The request body is longer than the \(limit) bytes that are allowed here."
        )
    }

    static let bodyTimeout = HTTPFailure(
        status: .requestTimeout,
        code: "timeout",
        message: "The request body did not arrive in time."
    )

    static let headTimeout = HTTPFailure(
        status: .requestTimeout,
        code: "timeout",
        message: "The request did not arrive in time."
    )

    /// The peer went away, or the task was cancelled, before the body was complete.
    ///
    /// Nobody will see the answer.
    static let aborted = HTTPFailure(
        status: .badRequest,
        code: "request_aborted",
        message: "The request ended before its body was complete."
    )
}
