internal import COpenSSL

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
