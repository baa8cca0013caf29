/// What all fetches of one ``HTTPFetcher`` have in common.
///
/// Not here because there is no choice: HTTP/1.1 over TCP, TLS 1.2 or newer with the server's name and chain verified,
/// no proxy but a request's own (none from the environment), no cookies, no `.netrc`, no content decoding, no signals.
package struct FetcherConfiguration: Sendable, Hashable {
    /// Idle connections kept open for ``ConnectionUse/pooled`` fetches, for each ``ClientTLS``.
    ///
    /// The default is 64.
    package var idleConnections: Int

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
        tls: ClientTLS = ClientTLS(),
        userAgent: String = "precache",
        headBytes: Int = 65_536,
        addresses: AddressRule = .any
    ) {
        self.idleConnections = idleConnections
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
