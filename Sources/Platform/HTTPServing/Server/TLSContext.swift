import COpenSSL
import Glibc

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

    /// Reads the files, as a server does when it starts; blocks.
    ///
    /// - Throws: ``ServerError`` with `bad_certificate`, naming the file that can't be used.
    package func check() throws(ServerError) { _ = try TLSContext(self) }
}

/// Certificates and settings for new TLS sessions (`SSL_CTX`).
final class TLSContext: @unchecked Sendable {
    // libssl counts references to an SSL_CTX atomically, and nothing changes it after this initializer.
    private let handle: OpaquePointer
    /// Until when the certificate is valid, in seconds since 1970; nil if it doesn't say.
    let end: Int64?

    /// Reads the files.
    ///
    /// - Throws: `bad_certificate`, naming the file that cannot be used and libssl's reason.
    init(_ configuration: TLSConfiguration) throws(ServerError) {
        ERR_clear_error()
        guard let handle = SSL_CTX_new(TLS_server_method()) else {
            throw ServerError(code: .systemFailure, message: "libssl cannot start: \(OpenSSLError.take()).")
        }
        copenssl_prepare_server(handle)
        do throws(ServerError) {
            try Self.load(configuration, into: handle)
        } catch {
            SSL_CTX_free(handle)
            throw error
        }
        self.handle = handle
        end = Self.end(of: handle)
    }

    private static func end(of handle: OpaquePointer) -> Int64? {
        var fields = tm()
        guard let certificate = SSL_CTX_get0_certificate(handle),
            ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &fields) == 1
        else { return nil }
        return Int64(timegm(&fields))
    }

    deinit {
        SSL_CTX_free(handle)
    }

    /// Begins a session on a connected socket; nil when memory has run out.
    func makeSession(_ descriptor: Int32) -> TLSSession? {
        guard let session = SSL_new(handle) else { return nil }
        guard SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        SSL_set_accept_state(session)
        return TLSSession(session)
    }

    private static func load(
        _ configuration: TLSConfiguration,
        into handle: OpaquePointer
    ) throws(ServerError) {
        let certificate = configuration.certificatePath
        guard SSL_CTX_use_certificate_chain_file(handle, certificate) == 1 else {
            throw unusable("certificate file", certificate, "it must be PEM, the server's certificate first")
        }
        let key = configuration.keyPath
        guard SSL_CTX_use_PrivateKey_file(handle, key, SSL_FILETYPE_PEM) == 1 else {
            throw unusable("key file", key, "it must be PEM, not encrypted, and belong to \(certificate)")
        }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw unusable("key file", key, "it does not belong to the certificate \(certificate)")
        }
        guard configuration.clientCertificates != .none else { return }
        guard let authorities = configuration.clientCAPath else {
            throw ServerError(
                code: .badCertificate,
                message:
                    "Client certificates are asked for, but no client CA file is given to check them with."
            )
        }
        let isRequired: Int32 = configuration.clientCertificates == .required ? 1 : 0
        guard copenssl_require_clients(handle, authorities, isRequired) == 1 else {
            throw unusable("client CA file", authorities, "it must be PEM with at least one certificate")
        }
    }

    private static func unusable(_ what: String, _ path: String, _ hint: String) -> ServerError {
        ServerError(
            code: .badCertificate,
            message: "The \(what) \(path) cannot be used: \(OpenSSLError.take()); \(hint)."
        )
    }
}

/// The error queue of libcrypto, which belongs to the calling thread.
enum OpenSSLError {
    /// The oldest error's own words; empties the queue.
    static func take() -> String {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return "no reason given" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return "error \(code)" }
            ERR_error_string_n(code, base, buffer.count)
            return String(cString: base)
        }
    }
}
