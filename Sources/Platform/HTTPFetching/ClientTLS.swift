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
