public import HTTPTypes

/// What became of a request, for logs and metrics.
///
/// Made on the loop's thread: take what you need and return.
public struct RequestRecord: Sendable {
    /// The request's method; nil when it could not be read.
    public let method: HTTPRequest.Method?
    /// The request's target as sent; empty when it could not be read.
    ///
    /// It may hold what is nobody's business.
    public let target: String
    /// The pattern of the route that answered; nil when none did.
    public let route: String?
    /// The status sent; 499 when the peer left before there was one.
    public let status: Int
    /// From the complete head to the last byte handed to the system.
    public let duration: Duration
    /// Bytes of the body read.
    public let bytesReceived: Int
    /// Bytes of the body sent.
    public let bytesSent: Int
    /// Whether the answer was sent to its end.
    public let isComplete: Bool
    /// Who asked.
    public let peer: Peer

    let identifier: RequestIdentifier

    /// The request's name.
    public var id: String { identifier.text }
}
