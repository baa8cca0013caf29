package import HTTPFetching

/// Where Keystone is, and who the service is there.
package struct KeystoneConfiguration: Sendable {
    /// The URL of Identity API v3, ending in `/v3`, without a slash behind it.
    package var authURL: String
    /// Who the service is.
    package var credential: KeystoneCredential
    /// Whom to trust over TLS; nil for the system's authorities.
    package var tls: ClientTLS?
    /// How much of its life a token must have left to be used, in so far as half its whole life is more.
    ///
    /// The default is 300 s.
    package var minimumLife: Duration = .seconds(300)
    /// The longest that one request may take.
    ///
    /// The default is 20 s.
    package var timeout: Duration = .seconds(20)

    /// A configuration; `authURL` may lack its `/v3`.
    package init(authURL: String, credential: KeystoneCredential, tls: ClientTLS? = nil) {
        var url = authURL[...]
        while url.last == "/" { url = url.dropLast() }
        self.authURL = url.hasSuffix("/v3") ? String(url) : url + "/v3"
        self.credential = credential
        self.tls = tls
    }

    /// Where callers without a token are sent, as keystonemiddleware says it.
    package var publicURL: String { String(authURL.dropLast("/v3".count)) }
}
