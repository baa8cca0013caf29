package import HTTPTypes

/// Carries calls to the service: over HTTP, or to a script in tests.
package protocol ServiceTransport: Sendable {
    /// The service's address, for messages: without user, password or query.
    var address: String { get }

    /// Makes a call and collects the answer, whatever its status.
    ///
    /// Throws ``ClientError`` of kind ``ClientError/Kind/noAnswer`` where no complete answer came.
    func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer

    /// Makes a call whose answer goes on: `receive` gets each piece of a 200's body as it comes.
    ///
    /// Any other status is collected as ``send(_:)`` does. Returns when the body has ended; cancelling the task
    /// stops the transfer.
    func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer
}

/// One call to the service, before it is bound to an address and a token.
package struct ServiceRequest: Sendable, Hashable {
    package var method: HTTPRequest.Method
    /// Path segments as people wrote them; each is percent-encoded on its way out.
    package var path: [String]
    /// Query items, encoded likewise.
    package var query: [QueryItem]
    /// Headers beyond those that every call has.
    package var headers: HTTPFields
    /// A JSON body, if there is one.
    package var body: [UInt8]?
    /// How long the service may take until its answer begins.
    ///
    /// Long polls add their wait.
    package var patience: Duration

    package init(
        _ method: HTTPRequest.Method,
        _ path: [String],
        query: [QueryItem] = [],
        headers: HTTPFields = [:],
        body: [UInt8]? = nil,
        patience: Duration = .seconds(60)
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.patience = patience
    }

    /// The method's name.
    package var verb: String { method.rawValue }

    /// Path and query, percent-encoded (RFC 3986 section 2.1).
    package var target: String {
        let path = "/" + path.map(PercentEncoding.encoded).joined(separator: "/")
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { PercentEncoding.encoded($0.name) + "=" + PercentEncoding.encoded($0.value) }
            .joined(separator: "&")
    }
}

/// A name and a value of a URL's query.
package struct QueryItem: Sendable, Hashable {
    /// The name, not encoded.
    package let name: String
    /// The value, not encoded.
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Items of those names that have a value.
    package static func present(_ items: [(name: String, value: String?)]) -> [QueryItem] {
        items.compactMap { item in item.value.map { QueryItem(item.name, $0) } }
    }
}

/// What the service answered: the head, and the body where it was collected.
package struct ServiceAnswer: Sendable {
    package let status: HTTPResponse.Status
    package let headers: HTTPFields
    /// The body; empty after a stream.
    package let body: [UInt8]

    /// The status as a number.
    package var code: Int { status.code }
    /// The request's id, by which the service's log names it.
    package var requestID: String? { HTTPField.Name("X-Request-Id").flatMap { headers[$0] } }

    /// Whether a request with the same Idempotency-Key was answered so before.
    var isReplay: Bool { HTTPField.Name("Idempotent-Replayed").flatMap { headers[$0] } == "true" }

    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
