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
    /// A redirect never leads from https to http, unless ``redirection`` says so. On its way to another scheme, host or port it loses `connectTo`, the
    /// client certificate, and all headers except `Accept`, `Accept-Encoding`, `Range`, `If-Range` and `User-Agent`.
    package var redirects: Int

    /// Where redirects may lead.
    package var redirection: RedirectRule

    /// Through whom to go; nil, the default, is straight to the server.
    package var proxy: ProxyRule?

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
        redirection: RedirectRule = RedirectRule(),
        proxy: ProxyRule? = nil,
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
        self.redirection = redirection
        self.proxy = proxy
        self.tls = tls
        self.connectTo = connectTo
        self.connection = connection
        self.rateBytesPerSecond = rateBytesPerSecond
        self.buffering = buffering
    }
}

/// Whether a fetch shares connections with others.
package enum ConnectionUse: Sendable, Hashable {
    /// Takes an idle connection when there is one, and leaves its own behind.
    case pooled

    /// Makes a connection and closes it: for a fan-out to many hosts, where searching the pool costs more than it saves.
    case fresh
}

/// The time limits of one fetch; every one that is reached ends it with a retryable ``FetchError``.
package struct FetchTimeouts: Sendable, Hashable {
    /// Time for name resolution, connection and TLS handshake, per hop of a redirect.
    ///
    /// The default is 10 s. Reaching it is ``FetchError/Code/connect``.
    package var connect: Duration

    /// Time without a byte in either direction once the connection is there, checked four times a second.
    ///
    /// Time in which the reader of the body takes nothing does not count. The default is 60 s; nil is no
    /// limit. Reaching it is ``FetchError/Code/idle``.
    package var idle: Duration?

    /// Time for everything, redirects and body included.
    ///
    /// The default, nil, is no limit. Reaching it is ``FetchError/Code/timeout``.
    package var total: Duration?

    /// The slowest rate that is put up with.
    ///
    /// The default, nil, is any. Reaching it is ``FetchError/Code/tooSlow``.
    package var lowSpeed: LowSpeed?

    /// A rate which, undercut for a whole period, ends a fetch.
    ///
    /// A period begins with a byte and is judged at its end: silence alone is ``idle``'s business. A period in which the
    /// reader of the body kept the sender waiting doesn't count, which libcurl's own limit can't tell.
    package struct LowSpeed: Sendable, Hashable {
        /// The rate, in bytes per second.
        package var bytesPerSecond: Int

        /// The period; looked at four times a second.
        package var over: Duration

        /// A limit of so many bytes per second over a period.
        package init(bytesPerSecond: Int, over: Duration) {
            self.bytesPerSecond = bytesPerSecond
            self.over = over
        }
    }

    /// The limits; see each property for its meaning.
    package init(
        connect: Duration = .seconds(10),
        idle: Duration? = .seconds(60),
        total: Duration? = nil,
        lowSpeed: LowSpeed? = nil
    ) {
        self.connect = connect
        self.idle = idle
        self.total = total
        self.lowSpeed = lowSpeed
    }
}

/// How much memory one fetch may take, and in what pieces its body arrives.
///
/// At most `bodyBytes + 2 × receiveBytes` of a body are held for a reader that takes nothing: the queue, one read of the
/// socket, and the part of it that libcurl keeps while paused. After that nothing more is read and TCP slows the sender.
package struct FetchBuffering: Sendable, Hashable {
    /// Size of libcurl's receive buffer, allocated while the transfer runs: 1 KiB to 512 KiB.
    package var receiveBytes: Int

    /// Bytes queued for the reader before receiving pauses; it goes on when half of them are taken.
    package var bodyBytes: Int

    /// Size up to which received bytes are joined into one element of the body.
    package var chunkBytes: Int

    /// Sizes as given.
    package init(receiveBytes: Int, bodyBytes: Int, chunkBytes: Int) {
        self.receiveBytes = receiveBytes
        self.bodyBytes = bodyBytes
        self.chunkBytes = chunkBytes
    }

    /// For calls and their answers: 16 KiB at a time, 64 KiB queued.
    ///
    /// The default.
    package static let message = FetchBuffering(receiveBytes: 16_384, bodyBytes: 65_536, chunkBytes: 16_384)

    /// For images: 256 KiB at a time, 1 MiB queued, so at most 1.5 MiB for each download.
    package static let bulk = FetchBuffering(receiveBytes: 262_144, bodyBytes: 1_048_576, chunkBytes: 262_144)
}
