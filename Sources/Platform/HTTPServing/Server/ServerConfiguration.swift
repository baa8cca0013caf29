/// Where a server listens and what it allows.
package struct ServerConfiguration: Sendable {
    /// The numeric address to listen on: `127.0.0.1`, `::1`, `0.0.0.0`, `::` (IPv4 as well); or `localhost`.
    package var address: String
    /// The port, 0 for one that the system chooses.
    package var port: Int
    /// The network interface that alone is listened on, such as `lo`; nil, the default, for all that have the address.
    package var interface: String?
    /// Certificates; nil for plain HTTP.
    package var tls: TLSConfiguration?
    /// What a stranger may send and hold open.
    package var limits: ServerLimits

    /// Describes a server.
    package init(
        address: String = "127.0.0.1",
        port: Int,
        interface: String? = nil,
        tls: TLSConfiguration? = nil,
        limits: ServerLimits = ServerLimits()
    ) {
        self.address = address
        self.port = port
        self.interface = interface
        self.tls = tls
        self.limits = limits
    }
}

/// Bounds on everything that a stranger can send or hold open.
///
/// The defaults are meant to be kept.
package struct ServerLimits: Sendable {
    /// Bytes of a request's head, request line included; more is answered 431.
    ///
    /// Default 16 KiB.
    package var headBytes = 16_384
    /// Header fields of a request; more is answered 431.
    ///
    /// Default 100.
    package var headerCount = 100
    /// Bytes of a request target; more is answered 414.
    ///
    /// Default 8 KiB.
    package var targetBytes = 8_192
    /// Bytes of a request body, whatever its coding; more is answered 413.
    ///
    /// A handler may allow less. Default 32 MiB.
    package var bodyBytes = 33_554_432
    /// Bytes of the line before each chunk of a body, extensions included, and of all trailers.
    ///
    /// Default 1 KiB.
    package var chunkLineBytes = 1_024

    /// Connections at once, in all; more are answered 503.
    ///
    /// Default 16,384.
    ///
    /// Above fifteen sixteenths of it the connections that have been idle longest are closed to make room.
    package var connections = 16_384
    /// Connections at once from one address; more are answered 503.
    ///
    /// Default 12,288: a quarter stays for the others.
    package var connectionsPerPeer = 12_288

    /// TLS handshakes under way at once, in all; a connection beyond them is closed.
    ///
    /// Each costs some 46 KiB until it ends, however little its peer sends. Default 4,096.
    package var handshakes = 4_096
    /// TLS handshakes under way at once with one address.
    ///
    /// Default 1,024.
    package var handshakesPerPeer = 1_024
    /// Time for a TLS handshake.
    ///
    /// Default 10 s.
    package var handshakeTimeout = Duration.seconds(10)
    /// Time from the first byte of a head to its end, however it drips in; then 408.
    ///
    /// Default 10 s.
    package var headTimeout = Duration.seconds(10)
    /// Time that a body may keep its handler waiting, in all, on top of what ``minimumBytesPerSecond``
    /// grants; then 408.
    ///
    /// Default 30 s.
    package var bodyTimeout = Duration.seconds(30)
    /// Time that a connection may stay open between requests, or before the first; then it is closed.
    ///
    /// Default 75 s.
    package var idleTimeout = Duration.seconds(75)
    /// Time that the peer may take no byte of an answer that waits for it; then the connection is closed.
    ///
    /// The whole of what waits may take so long on top of what ``minimumBytesPerSecond`` grants. Default 30 s.
    package var writeTimeout = Duration.seconds(30)
    /// The rate that earns a slow peer more time for its body or for taking an answer.
    ///
    /// Default 512 bytes/s.
    package var minimumBytesPerSecond = 512

    /// Bytes of an unread request body that are read and dropped to keep the connection; beyond, it is
    /// closed.
    ///
    /// Default 64 KiB.
    package var drainBytes = 65_536
    /// Time that the server waits for bytes after its last answer, so that a reset does not destroy that
    /// answer (RFC 9112 section 9.6).
    ///
    /// Default 2 s; a peer that goes on sending is read for 15 times as long in all.
    package var lingerTimeout = Duration.seconds(2)

    /// The defaults.
    package init() {}
}

/// Why a server could not start or take new certificates.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Code: String, Sendable {
        /// The address is not a numeric one.
        case badAddress = "bad_address"
        /// The system refused to listen there: in use, not permitted, not this machine's.
        case cannotListen = "cannot_listen"
        /// A certificate, key or CA file cannot be used.
        case badCertificate = "bad_certificate"
        /// `start` was called for a second time, or after `stop`.
        case alreadyStarted = "already_started"
        /// The system lacks something, such as descriptors.
        case systemFailure = "system_failure"
    }

    /// What kind of thing went wrong.
    package let code: Code
    /// What was wrong with which value, and what mends it.
    package let message: String

    /// Describes a failure.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// Whether it stays until somebody changes the configuration, or a file that it names.
    package var isOfConfiguration: Bool { code == .badCertificate || code == .badAddress }
}
