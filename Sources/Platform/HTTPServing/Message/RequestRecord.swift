package import HTTPTypes

/// What became of a request, for logs and metrics.
///
/// Made on the loop's thread: take what you need and return.
package struct RequestRecord: Sendable {
    /// The request's method; nil when it could not be read.
    package let method: HTTPRequest.Method?
    /// The request's target as sent; empty when it could not be read.
    ///
    /// It may hold what is nobody's business.
    package let target: String
    /// The pattern of the route that answered; nil when none did.
    package let route: String?
    /// The status sent; 499 when the peer left before there was one.
    package let status: Int
    /// From the complete head to the last byte handed to the system.
    package let duration: Duration
    /// Bytes of the body read.
    package let bytesReceived: Int
    /// Bytes of the body sent.
    package let bytesSent: Int
    /// Whether the answer was sent to its end.
    package let isComplete: Bool
    /// Who asked.
    package let peer: Peer

    let identifier: RequestIdentifier

    /// The request's name.
    package var id: String { identifier.text }
}
