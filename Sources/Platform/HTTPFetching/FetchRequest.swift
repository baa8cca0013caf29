package import HTTPTypes

/// One HTTP request, and how to carry it out.
package struct FetchRequest: Sendable {
    /// The method.
    ///
    /// GET and HEAD follow redirects; the 3xx answer to any other is handed to the caller.
    package var method: HTTPRequest.Method

    /// An absolute `http` or `https` URL.
    ///
    /// A user or password in it is refused: give an `Authorization` header.
    package var url: String

    /// Headers to send.
    ///
    /// `Content-Length` and `Transfer-Encoding` are the fetcher's own and skipped here.
    package var headers: HTTPFields

    /// The body; nil is none.
    ///
    /// It is sent with its length, never chunked.
    package var body: [UInt8]?

    /// The time limits.
    package var timeouts: FetchTimeouts

    /// How many redirects are followed; one more is ``FetchError/Code/tooManyRedirects``.
    ///
    /// The default is 5. With 0 a redirect is handed to the caller.
    ///
    /// A redirect never leads from https to http. On its way to another scheme, host or port it loses `connectTo`, the
    /// client certificate, and all headers except `Accept`, `Accept-Encoding`, `Range`, `If-Range` and `User-Agent`.
    package var redirects: Int

    /// Trust and identity.
    ///
    /// The default, nil, is ``FetcherConfiguration/tls``.
    package var tls: ClientTLS?

    /// Where to connect instead of the URL's own host and port.
    ///
    /// The name in the URL is still the one that is sent and that the server's certificate must carry.
    package var connectTo: ConnectTarget?

    /// Whether connections are shared.
    ///
    /// The default is ``ConnectionUse/pooled``.
    package var connection: ConnectionUse

    /// The most that is received per second, on average; bursts of up to a second's worth happen.
    ///
    /// The default, nil, is no limit.
    package var rateBytesPerSecond: Int?

    /// Memory, and the size of body elements.
    ///
    /// The default is ``FetchBuffering/message``.
    package var buffering: FetchBuffering

    /// A TCP endpoint.
    package struct ConnectTarget: Sendable, Hashable {
        /// A name, an IPv4 or an IPv6 address (without brackets).
        package var address: String

        /// The TCP port.
        package var port: Int

        /// The endpoint at an address and port.
        package init(address: String, port: Int) {
            self.address = address
            self.port = port
        }
    }

    /// A request for a URL; everything else has its default and can be set afterwards.
    package init(
        method: HTTPRequest.Method = .get,
        url: String,
        headers: HTTPFields = [:],
        body: [UInt8]? = nil,
        timeouts: FetchTimeouts = FetchTimeouts(),
        redirects: Int = 5,
        tls: ClientTLS? = nil,
        connectTo: ConnectTarget? = nil,
        connection: ConnectionUse = .pooled,
        rateBytesPerSecond: Int? = nil,
        buffering: FetchBuffering = .message
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.redirects = redirects
        self.tls = tls
        self.connectTo = connectTo
        self.connection = connection
        self.rateBytesPerSecond = rateBytesPerSecond
        self.buffering = buffering
    }
}
