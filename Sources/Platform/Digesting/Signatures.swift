internal import COpenSSL

/// A private key that signs, such as that of a server's certificate.
package final class SigningKey: @unchecked Sendable {
    // libcrypto counts references to an EVP_PKEY atomically, and nothing changes it after this initializer.
    private let key: OpaquePointer

    /// - Parameter pem: The key, not encrypted.
    /// - Throws: ``DigestError`` with `library`.
    package init(pem: [UInt8]) throws(DigestError) {
        let key = Memory.read(pem) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in 0 }, nil) }
        guard let key else { throw DigestError.fromLibrary(.library, "this is no private key in PEM") }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// A signature of the key's kind (ECDSA, RSA, Ed25519), with SHA-256 where it takes a digest; some 30 µs on P-256.
    package func sign(_ bytes: [UInt8]) throws(DigestError) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var length = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSignInit(context, nil, SignerCertificate.method(key), nil, key) == 1,
            EVP_DigestSign(context, &signature, &length, bytes, bytes.count) == 1
        else { throw DigestError.fromLibrary(.library, "the key can't sign") }
        return Array(signature.prefix(length))
    }
}

/// A certificate that comes from authorities that are trusted, and what its key has signed.
package final class SignerCertificate: @unchecked Sendable {
    // Nothing changes it after this initializer, and libcrypto counts references to the key atomically.
    private let certificate: OpaquePointer
    private let key: OpaquePointer

    /// Reads a certificate and checks that it comes from one of the authorities and is valid today.
    ///
    /// - Parameters:
    ///   - pem: The certificate, and those between it and the authority after it.
    ///   - authorities: A PEM file.
    /// - Throws: ``DigestError`` with `library`, and libcrypto's reason.
    package init(pem: [UInt8], authorities: String) throws(DigestError) {
        guard let chain = Memory.certificates(pem), let first = chain.first else {
            throw DigestError.fromLibrary(.library, "this is no certificate in PEM")
        }
        defer { for other in chain.dropFirst() { X509_free(other) } }
        do throws(DigestError) {
            try Self.verify(first, chain.dropFirst(), authorities)
            guard let key = X509_get_pubkey(first) else {
                throw DigestError.fromLibrary(.library, "the certificate has no key")
            }
            (self.certificate, self.key) = (first, key)
        } catch {
            X509_free(first)
            throw error
        }
    }

    deinit {
        EVP_PKEY_free(key)
        X509_free(certificate)
    }

    /// Whether it is a host's of this name, by the rules that TLS goes by (RFC 9525).
    package func names(_ host: String) -> Bool {
        X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1
    }

    /// Whether it may be shown by a server and by a client alike (RFC 5280, section 4.2.1.12).
    package var servesBothSides: Bool {
        X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) == 1
            && X509_check_purpose(certificate, X509_PURPOSE_SSL_CLIENT, 0) == 1
    }

    /// Whether its key signed these bytes; some 100 µs on P-256.
    package func hasSigned(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool {
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, Self.method(key), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }

    /// Ed25519 takes the bytes themselves.
    static func method(_ key: OpaquePointer) -> OpaquePointer? {
        EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nil : EVP_sha256()
    }

    private static func verify(
        _ certificate: OpaquePointer,
        _ between: ArraySlice<OpaquePointer>,
        _ authorities: String
    ) throws(DigestError) {
        let (store, context, stack) = (X509_STORE_new(), X509_STORE_CTX_new(), OPENSSL_sk_new_null())
        defer {
            OPENSSL_sk_free(stack)
            X509_STORE_CTX_free(context)
            X509_STORE_free(store)
        }
        for other in between { OPENSSL_sk_push(stack, UnsafeRawPointer(other)) }
        guard X509_STORE_load_file(store, authorities) == 1,
            X509_STORE_CTX_init(context, store, certificate, stack) == 1
        else { throw DigestError.fromLibrary(.library, "the authorities of \(authorities) can't be read") }
        guard X509_verify_cert(context) == 1 else {
            ERR_clear_error()
            let reason = X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context)))
            throw DigestError(
                .library,
                "the certificate isn't trusted",
                reason: reason.map { String(cString: $0) }
            )
        }
    }
}

/// Bytes that libcrypto reads as if they were a file.
private enum Memory {
    static func read<Value>(_ bytes: [UInt8], _ body: (OpaquePointer) -> Value?) -> Value? {
        guard let bio = BIO_new_mem_buf(bytes, Int32(clamping: bytes.count)) else { return nil }
        defer { BIO_free(bio) }
        return body(bio)
    }

    /// All certificates of a text, to be freed by the caller; nil for none.
    static func certificates(_ pem: [UInt8]) -> [OpaquePointer]? {
        read(pem) { bio in
            var all: [OpaquePointer] = []
            while all.count < 8, let next = PEM_read_bio_X509(bio, nil, { _, _, _, _ in 0 }, nil) {
                all.append(next)
            }
            ERR_clear_error()
            return all
        }
    }
}
