package import HTTPTypes
import TextForms

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
    let fields: RequestFields?

    /// The request's name.
    package var id: String { identifier.text }

    /// The request's header fields, parsed when asked for; none where its head could not be read.
    package var headers: HTTPFields { fields?.all ?? [:] }
}

/// A request's name: sixteen random bytes until somebody wants to read it, so that the hot path makes no text.
enum RequestIdentifier: Sendable {
    case given(String)
    case random(high: UInt64, low: UInt64)

    static func random() -> RequestIdentifier {
        var generator = SystemRandomNumberGenerator()
        return .random(high: generator.next(), low: generator.next())
    }

    /// `req-` and a UUID (RFC 9562, version 4).
    var text: String {
        switch self {
        case .given(let text): text
        case .random(let high, let low): "req-" + UUIDText.text(version: 4, high: high, low: low)
        }
    }
}

/// A small fast generator for names that need to differ, not to be unguessable (SplitMix64, seeded by the system).
struct NameGenerator {
    private var state: UInt64

    init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func identifier() -> RequestIdentifier { .random(high: next(), low: next()) }
}
