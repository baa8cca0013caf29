package import HTTPTypes

/// A request whose head has been read; its body is read on demand.
package struct Request: Sendable {
    /// Apart, so that a request is handed on as one reference.
    private final class Content: Sendable {
        let identifier: RequestIdentifier
        let head: RequestHead
        let path: String
        let query: String?
        let body: RequestBody
        let peer: Peer
        let received: ContinuousClock.Instant

        init(
            _ identifier: RequestIdentifier,
            _ head: RequestHead,
            _ body: RequestBody,
            _ peer: Peer,
            _ received: ContinuousClock.Instant
        ) {
            self.identifier = identifier
            self.head = head
            self.body = body
            self.peer = peer
            self.received = received
            (path, query) = RequestTarget.split(head.target)
        }
    }

    private let content: Content

    /// Makes a request as a test would.
    ///
    /// - Parameters:
    ///   - id: Its name in logs; a new one when nil.
    ///   - method: The method.
    ///   - target: Path and query, as on the wire.
    ///   - headers: The fields.
    ///   - body: The body.
    ///   - peer: Who sent it.
    ///   - received: When.
    package init(
        id: String? = nil,
        method: HTTPRequest.Method,
        target: String,
        headers: HTTPFields = [:],
        body: RequestBody = RequestBody(),
        peer: Peer = Peer(address: "127.0.0.1", port: 0, isLoopback: true),
        received: ContinuousClock.Instant = .now
    ) {
        self.init(
            identifier: id.map { .given($0) } ?? .random(),
            head: RequestHead(method: method, target: target, fields: RequestFields(headers)),
            body: body,
            peer: peer,
            received: received
        )
    }

    init(
        identifier: RequestIdentifier,
        head: RequestHead,
        body: RequestBody,
        peer: Peer,
        received: ContinuousClock.Instant
    ) {
        content = Content(identifier, head, body, peer, received)
    }

    /// The method, as sent.
    package var method: HTTPRequest.Method { content.head.method }
    /// The request target, as sent: printable ASCII, checked for broken percent-encoding.
    package var target: String { content.head.target }
    /// The target's path, not decoded.
    package var path: String { content.path }
    /// What follows the first `?` of the target, not decoded; nil without one.
    package var query: String? { content.query }
    /// The body; empty when the request has none.
    package var body: RequestBody { content.body }
    /// Who sent it.
    package var peer: Peer { content.peer }
    /// When its head was complete.
    package var received: ContinuousClock.Instant { content.received }

    /// The request's name in logs and answers: `req-` and a UUID.
    package var id: String { content.identifier.text }

    /// The header fields.
    ///
    /// They are parsed when first asked for; ``header(_:)`` is quicker for one or two.
    package var headers: HTTPFields { content.head.fields.all }

    /// The value of the first field of that name.
    package func header(_ name: HTTPField.Name) -> String? { content.head.fields.first(name) }

    /// The query's items, in order, decoded: `+` and `%20` are spaces, an item without `=` has an empty value.
    ///
    /// - Throws: 400 `bad_request` for broken percent-encoding, text that is not UTF-8, and NUL.
    package func queryItems() throws(HTTPFailure) -> [(name: String, value: String)] {
        guard let query, !query.isEmpty else { return [] }
        var items: [(name: String, value: String)] = []
        for part in query.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.decode(halves[0], plusIsSpace: true),
                let value = PercentDecoding.decode(halves.count > 1 ? halves[1] : "", plusIsSpace: true)
            else {
                throw HTTPFailure(
                    status: .badRequest,
                    code: "bad_request",
                    message: "The query item '\(part)' is not percent-encoded UTF-8 text."
                )
            }
            items.append((name, value))
        }
        return items
    }
}

/// The parts of a request target (RFC 9112 section 3.2).
enum RequestTarget {
    /// Path and query of a target in origin form, absolute form or `*`.
    static func split(_ target: String) -> (path: String, query: String?) {
        if isPlainPath(target) { return (target, nil) }
        var rest = target[...]
        if !target.utf8.starts(with: "/".utf8), let scheme = target.utf8.firstRange(of: "://") {
            let authority = target[scheme.upperBound...]
            // An absolute form without a path means the root (RFC 9110 section 4.2.3).
            guard let start = authority.utf8.firstIndex(where: { $0 == 0x2f || $0 == 0x3f }) else {
                return ("/", nil)
            }
            rest = authority[start...]
        }
        guard let mark = rest.utf8.firstIndex(of: 0x3f) else { return (String(rest), nil) }
        let path = String(rest[..<mark])
        return (path.isEmpty ? "/" : path, String(rest[rest.utf8.index(after: mark)...]))
    }

    /// Whether a target is a path and nothing else, as most are.
    private static func isPlainPath(_ target: String) -> Bool {
        var target = target
        return target.withUTF8 { bytes in
            bytes.first == UInt8(ascii: "/") && UnsafeRawBufferPointer(bytes).offset(of: 0x3f) == nil
        }
    }
}

extension String.UTF8View {
    /// The first place where `text` stands.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start != endIndex {
            if self[start...].starts(with: text.utf8) {
                return start..<index(start, offsetBy: text.utf8.count)
            }
            start = index(after: start)
        }
        return nil
    }
}

/// Who sent a request.
package struct Peer: Sendable, Hashable {
    /// The numeric address.
    package let address: String
    /// The port it calls from.
    package let port: Int
    /// Whether it runs on this machine (127.0.0.0/8, ::1).
    package let isLoopback: Bool
    /// The certificate that it has proved to own, verified against the configured authorities; nil without one.
    package let certificate: PeerCertificate?

    /// Describes a peer.
    package init(address: String, port: Int, isLoopback: Bool, certificate: PeerCertificate? = nil) {
        self.address = address
        self.port = port
        self.isLoopback = isLoopback
        self.certificate = certificate
    }
}

/// The names in a client's verified certificate.
package struct PeerCertificate: Sendable, Hashable {
    /// The subject's common name, nil when there is none or it is not plain text.
    package let commonName: String?
    /// The DNS names among the subject's alternative names.
    package let dnsNames: [String]

    /// Describes a certificate.
    package init(commonName: String?, dnsNames: [String]) {
        self.commonName = commonName
        self.dnsNames = dnsNames
    }
}
