/// What all fetches of one ``HTTPFetcher`` have in common.
///
/// Not here because there is no choice: HTTP/1.1 over TCP, TLS 1.2 or newer with the server's name and chain verified,
/// no proxy but a request's own (none from the environment), no cookies, no `.netrc`, no content decoding, no signals.
package struct FetcherConfiguration: Sendable, Hashable {
    /// Connections kept open for ``ConnectionUse/pooled`` fetches, for each ``ClientTLS``: while there are more, those in use
    /// among them, the one that has been idle longest is closed.
    ///
    /// The default is 64; with 0 all fetches are ``ConnectionUse/fresh``.
    package var idleConnections: Int

    /// How long a connection may be idle, for fetchers that keep thousands.
    ///
    /// With it idle connections are closed when their time is over or their far end closes them, what is left of a body that
    /// nobody reads may come for a second, so that its connection can be kept, and no address is remembered. The default,
    /// nil: they are looked at when they are used again, two minutes later at most.
    package var idleTime: Duration?

    /// Servers, by name, with which TLS sessions are gone on with on new connections, for each ``ClientTLS``; at about
    /// 10 KiB each.
    ///
    /// The default is 0: each connection is proved anew.
    package var tlsSessions: Int

    /// The trust and identity of a request that names none of its own.
    ///
    /// The default is the system's trust and no identity.
    package var tls: ClientTLS

    /// The `User-Agent` of a request that names none.
    ///
    /// The default is `precache`.
    package var userAgent: String

    /// The largest response head, all lines together.
    ///
    /// The default is 64 KiB. Beyond it is ``FetchError/Code/tooLarge``.
    package var headBytes: Int

    /// Which addresses may be connected to; looked at when names have been resolved, for each connection.
    ///
    /// The default is any. It holds for all of a fetcher's fetches, since they share connections.
    package var addresses: AddressRule

    /// Values as given.
    package init(
        idleConnections: Int = 64,
        idleTime: Duration? = nil,
        tlsSessions: Int = 0,
        tls: ClientTLS = ClientTLS(),
        userAgent: String = "precache",
        headBytes: Int = 65_536,
        addresses: AddressRule = .any
    ) {
        self.idleConnections = idleConnections
        self.idleTime = idleTime
        self.tlsSessions = tlsSessions
        self.tls = tls
        self.userAgent = userAgent
        self.headBytes = headBytes
        self.addresses = addresses
    }
}

/// Whom a fetch trusts and who it says it is, as paths of PEM files.
///
/// The files are read once and kept parsed for all connections; a change of any of them is noticed within a second and
/// holds for the connections made after it. When a changed file cannot be read the last good state stays in use.
/// Connections are never shared between different values.
package struct ClientTLS: Sendable, Hashable {
    /// The authorities that servers are checked against.
    ///
    /// Nil: those of the system.
    package var caFile: String?

    /// Our certificate, followed by its intermediates.
    ///
    /// Nil: none is shown. Needs `keyFile`.
    package var certificateFile: String?

    /// The unencrypted private key of our certificate.
    package var keyFile: String?

    /// Paths as given.
    package init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The same trust without an identity: for a host that a redirect led to.
    var withoutIdentity: ClientTLS { ClientTLS(caFile: caFile) }
}
