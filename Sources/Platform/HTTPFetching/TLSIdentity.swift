internal import COpenSSL

/// A certificate, its chain and its key, parsed once and given to every connection's TLS context.
///
/// libcurl 7.88 would read and parse both files for each connection. (For the authorities it needs no help: its own
/// CURLOPT_CA_CACHE_TIMEOUT keeps one parsed store per multi handle.)
final class TLSIdentity {
    private let certificate: OpaquePointer
    private var chain: [OpaquePointer] = []
    private let key: OpaquePointer

    /// Reads the files; they are small and local, so this is done wherever it is needed.
    init(certificateFile: String, keyFile: String) throws(FetchError) {
        let text = try Self.open(certificateFile, "certificate")
        defer { BIO_free_all(text) }
        // The empty string as password keeps OpenSSL from asking for one on the terminal.
        guard let leaf = "".withCString({ PEM_read_bio_X509_AUX(text, nil, nil, .init(mutating: $0)) }) else {
            throw Self.unusable("certificate", certificateFile)
        }
        certificate = leaf
        let keyText: OpaquePointer
        do throws(FetchError) { keyText = try Self.open(keyFile, "key") } catch {
            X509_free(leaf)
            throw error
        }
        defer { BIO_free_all(keyText) }
        guard let read = "".withCString({ PEM_read_bio_PrivateKey(keyText, nil, nil, .init(mutating: $0)) })
        else {
            X509_free(leaf)
            throw Self.unusable("key", keyFile)
        }
        key = read
        while let next = PEM_read_bio_X509(text, nil, nil, nil) { chain.append(next) }
        ERR_clear_error()
        guard X509_check_private_key(leaf, read) == 1 else {
            ERR_clear_error()
            throw FetchError(
                code: .tls,
                retry: .permanent,
                message: "The key \(keyFile) does not belong to the certificate \(certificateFile)"
            )
        }
    }

    deinit {
        X509_free(certificate)
        for link in chain { X509_free(link) }
        EVP_PKEY_free(key)
    }

    /// Puts certificate, key and chain into a context; each only gains a reference.
    func install(into context: OpaquePointer) -> Bool {
        guard SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1
        else {
            return false
        }
        for link in chain {
            // SSL_CTX_add1_chain_cert, a macro.
            guard SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(link)) == 1 else {
                return false
            }
        }
        return true
    }

    private static func open(_ path: String, _ what: String) throws(FetchError) -> OpaquePointer {
        guard let file = BIO_new_file(path, "r") else { throw unusable(what, path) }
        return file
    }

    private static func unusable(_ what: String, _ path: String) -> FetchError {
        let code = ERR_get_error()
        let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "no PEM text"
        ERR_clear_error()
        return FetchError(
            code: .tls,
            retry: .permanent,
            message: "Cannot use the client \(what) \(path): \(reason)"
        )
    }
}

extension ClientTLS {
    /// Reads the files, as the first connection does; blocks.
    ///
    /// - Throws: ``FetchError`` with `tls`, naming the file that can't be used.
    package func check() throws(FetchError) { _ = try TLSIdentity.load(self) }
}

extension TLSIdentity {
    /// The identity that a ``ClientTLS`` names, or nil when it names none; checks the file of authorities too.
    static func load(_ tls: ClientTLS) throws(FetchError) -> TLSIdentity? {
        if let caFile = tls.caFile { try checkAuthorities(caFile) }
        switch (tls.certificateFile, tls.keyFile) {
        case (nil, nil):
            return nil
        case (let certificate?, let key?):
            return try TLSIdentity(certificateFile: certificate, keyFile: key)
        case (.some, nil), (nil, .some):
            throw FetchError(
                code: .tls,
                retry: .permanent,
                message:
                    "A client certificate needs both its certificate file and its key file; one is missing"
            )
        }
    }

    /// libcurl would only find out with the first connection, and would not keep the last good state.
    private static func checkAuthorities(_ path: String) throws(FetchError) {
        let file = BIO_new_file(path, "r")
        defer {
            BIO_free_all(file)
            ERR_clear_error()
        }
        guard let file, let first = PEM_read_bio_X509_AUX(file, nil, nil, nil) else {
            throw FetchError(
                code: .tls,
                retry: .permanent,
                message:
                    "Cannot use the file of certificate authorities \(path): it is missing or holds no PEM certificate"
            )
        }
        X509_free(first)
    }
}
