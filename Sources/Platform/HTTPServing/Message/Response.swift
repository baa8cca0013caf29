package import HTTPTypes

/// What answers requests.
package protocol HTTPHandler: Sendable {
    /// Answers a request or says what is left to do for it: one call, on the thread of the loop that read it, which
    /// must not block.
    func reply(to request: Request) -> Reply
}

/// An answer, or the work that leads to it.
package enum Reply: Sendable {
    /// The answer. It costs no task: worth it where memory has what is asked over and over. The body can't be read.
    case ready(Response)
    /// What is left. It runs in a task on the request's loop: it may suspend, but must not block.
    ///
    /// The task is cancelled when the peer has closed the connection or the server's stop has reached its limit.
    /// Other connections of the loop go on while it is suspended; the next request of this one waits.
    case later(@Sendable () async -> Response)

    /// The answer, once what is left has been done.
    package func response() async -> Response {
        switch self {
        case .ready(let response): response
        case .later(let work): await work()
        }
    }
}

/// An answer.
///
/// The server adds `Date` and everything about framing and the connection.
package struct Response: Sendable {
    /// The status.
    package var status: HTTPResponse.Status
    /// The fields; those that concern framing (`Content-Length`, `Transfer-Encoding`, `Connection`) are ignored.
    package var headers: HTTPFields
    /// The body.
    ///
    /// It is not sent for HEAD, 204 and 304.
    package var body: ResponseBody
    /// The pattern of the route that answered, such as `/v1/jobs/{id}`, for metrics; the router sets it.
    package var route: String?

    /// Makes an answer.
    package init(
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:],
        body: ResponseBody = .empty,
        route: String? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.route = route
    }
}

/// What an answer carries.
package enum ResponseBody: Sendable {
    /// Nothing; `Content-Length: 0` where a length belongs.
    case empty
    /// Bytes at hand.
    case bytes([UInt8])
    /// Bytes that a closure writes as they come.
    ///
    /// With a length exactly that many must be written; without, the body is chunked (to HTTP/1.0: until the
    /// connection closes). `endless` streams, such as events, are cancelled as soon as a graceful stop begins and
    /// then end properly; others get the stop's time limit. An error thrown by the closure cuts the connection,
    /// so that the client notices. The closure runs where the handler ran, and is not called for HEAD.
    case stream(length: Int?, endless: Bool, @Sendable (any ResponseWriter) async throws -> Void)
}

/// Where a streaming answer goes.
package protocol ResponseWriter: Sendable {
    /// Sends bytes and returns once the system has taken them all: a peer that does not read suspends the caller.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; ``ConnectionClosed`` when the peer is gone or too
    ///   slow, or the answer is over.
    func write(_ bytes: [UInt8]) async throws
}

/// The connection ended before the answer did.
package struct ConnectionClosed: Error, Sendable {}

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

    /// Describes a failure.
    package init(
        status: HTTPResponse.Status,
        code: String,
        message: String,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
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
