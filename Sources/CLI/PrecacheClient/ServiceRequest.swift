package import HTTPTypes

/// One call to the service, before it is bound to an address and a token.
package struct ServiceRequest: Sendable, Hashable {
    /// The method.
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

    /// Path and query, percent-encoded (RFC 3986 section 2.1).
    package var target: String {
        let path = "/" + path.map(PercentEncoding.encoded).joined(separator: "/")
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { PercentEncoding.encoded($0.name) + "=" + PercentEncoding.encoded($0.value) }
            .joined(separator: "&")
    }
}
