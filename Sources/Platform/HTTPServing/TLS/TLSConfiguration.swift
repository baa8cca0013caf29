/// The files that a server proves itself with, and what it asks of clients.
///
/// All are PEM.
package struct TLSConfiguration: Sendable {
    /// Whether clients show a certificate.
    package enum ClientCertificates: Sendable {
        /// They are not asked.
        case none
        /// They are asked; one that is shown must be good.
        case optional
        /// Without a good one the handshake fails.
        case required
    }

    /// The server's certificate, followed by the intermediate ones.
    package var certificatePath: String
    /// Its private key, not encrypted.
    package var keyPath: String
    /// The authorities that client certificates must come from; needed unless ``clientCertificates`` is `none`.
    package var clientCAPath: String?
    /// Whether clients show a certificate.
    ///
    /// Default `none`.
    package var clientCertificates: ClientCertificates

    /// Describes the files; they are read when the server starts and on every reload.
    package init(
        certificatePath: String,
        keyPath: String,
        clientCAPath: String? = nil,
        clientCertificates: ClientCertificates = .none
    ) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.clientCAPath = clientCAPath
        self.clientCertificates = clientCertificates
    }
}
