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
