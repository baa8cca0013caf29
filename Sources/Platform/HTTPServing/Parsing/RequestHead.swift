import HTTPTypes

/// A request's head, checked, with what the server itself must know of it.
struct RequestHead: Sendable {
    /// How the body is delimited (RFC 9112 section 6).
    enum Framing: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    var method: HTTPRequest.Method
    var target: String
    var fields: RequestFields
    var framing = Framing.none
    /// HTTP/1.0: no chunked answers, and closed unless asked to keep alive.
    var isOldVersion = false
    var keepsAlive = true
    var expectsContinue = false
}

/// Finds the end of a request's head as bytes arrive, each byte looked at once.
///
/// A line feed without its carriage return is refused at sight (RFC 9112 section 2.2 lets a server guess; guesses
/// that differ between two programs are how requests are smuggled).
struct HeadScanner {
    private var scanned = 0
    private var lineStart = 0

    /// The length of the head at the front of `bytes`, its empty line included; nil when more is needed.
    ///
    /// - Throws: 400 for a bare line feed, 431 and 414 over the limits.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, limits: ServerLimits) throws(HTTPFailure) -> Int? {
        while scanned < bytes.count {
            guard let feed = bytes.offset(of: ASCII.lineFeed, from: scanned) else {
                scanned = bytes.count
                break
            }
            guard feed > lineStart, bytes[feed - 1] == ASCII.carriageReturn else {
                throw .badRequest("A line of the request's head does not end with CR LF.")
            }
            let isEmptyLine = feed - lineStart == 1
            scanned = feed + 1
            lineStart = scanned
            if isEmptyLine {
                if scanned > limits.headBytes { throw Self.tooLarge(limits) }
                return scanned
            }
        }
        // No first line yet: what is too long then is the target.
        if lineStart == 0, scanned > limits.targetBytes + 64 { throw Self.targetTooLong(limits) }
        if scanned > limits.headBytes { throw Self.tooLarge(limits) }
        return nil
    }

    static func tooLarge(_ limits: ServerLimits) -> HTTPFailure {
        HTTPFailure(
            status: .requestHeaderFieldsTooLarge,
            code: "headers_too_large",
            message: "The request's head exceeds \(limits.headBytes) bytes or \(limits.headerCount) fields."
        )
    }

    static func targetTooLong(_ limits: ServerLimits) -> HTTPFailure {
        HTTPFailure(
            status: .uriTooLong,
            code: "uri_too_long",
            message: "The request's target exceeds \(limits.targetBytes) bytes."
        )
    }
}
