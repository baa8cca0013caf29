internal import COpenSSL

/// A private key that signs, such as that of a server's certificate.
package final class SigningKey: @unchecked Sendable {
    // libcrypto counts references to an EVP_PKEY atomically, and nothing changes it after this initializer.
    fileprivate let key: OpaquePointer

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

/// The certificates of a PEM text: the first, and those between it and an authority.
package final class CertificateChain: @unchecked Sendable {
    // libcrypto locks what it caches in a certificate, and nothing else changes after this initializer.
    fileprivate let certificates: [OpaquePointer]
    /// Them alone, written anew: not what else the text had, such as a private key.
    package let pem: String

    /// More than an authority, two below it and a host has nobody.
    private static let limit = 4

    /// - Throws: ``DigestError`` with `library` for a text without a certificate, or with more than four.
    package init(pem text: [UInt8]) throws(DigestError) {
        let all = Memory.certificates(text, upTo: Self.limit + 1)
        guard (1...Self.limit).contains(all.count), let pem = Memory.pem(all) else {
            for one in all { X509_free(one) }
            throw DigestError(
                .library,
                all.count > Self.limit
                    ? "there are more than \(Self.limit) certificates" : "this is no certificate in PEM"
            )
        }
        (certificates, self.pem) = (all, pem)
    }

    deinit { for one in certificates { X509_free(one) } }

    /// Whether the first is of this key.
    package func isOf(_ key: SigningKey) -> Bool {
        defer { ERR_clear_error() }
        return X509_check_private_key(certificates[0], key.key) == 1
    }
}

/// Authorities that are trusted, read once.
package final class TrustedAuthorities: @unchecked Sendable {
    // libcrypto locks a store where it looks into it, and nothing is added after this initializer.
    private let store: OpaquePointer

    /// - Parameter file: PEM.
    /// - Throws: ``DigestError`` with `library`.
    package init(file: String) throws(DigestError) {
        let store = X509_STORE_new()
        guard let store, X509_STORE_load_file(store, file) == 1 else {
            X509_STORE_free(store)
            throw DigestError.fromLibrary(.library, "the authorities of \(file) can't be read")
        }
        self.store = store
    }

    deinit { X509_STORE_free(store) }

    fileprivate func verify(_ chain: CertificateChain) throws(DigestError) {
        let (context, stack) = (X509_STORE_CTX_new(), OPENSSL_sk_new_null())
        defer {
            OPENSSL_sk_free(stack)
            X509_STORE_CTX_free(context)
        }
        for other in chain.certificates.dropFirst() { OPENSSL_sk_push(stack, UnsafeRawPointer(other)) }
        guard X509_STORE_CTX_init(context, store, chain.certificates[0], stack) == 1 else {
            throw DigestError.fromLibrary(.library, "the certificate can't be checked")
        }
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

/// A certificate that comes from authorities that are trusted, and what its key has signed.
package final class SignerCertificate: @unchecked Sendable {
    // Nothing changes it after this initializer, and libcrypto counts references to the key atomically.
    private let key: OpaquePointer
    /// The certificate, with those between it and the authority.
    package let chain: CertificateChain

    private var certificate: OpaquePointer { chain.certificates[0] }

    /// Reads a certificate and checks that it comes from one of the authorities and is valid today.
    ///
    /// - Parameters:
    ///   - pem: The certificate, and those between it and the authority after it.
    ///   - authorities: Whom it may come from.
    /// - Throws: ``DigestError`` with `library`, and libcrypto's reason.
    package init(pem: [UInt8], authorities: TrustedAuthorities) throws(DigestError) {
        chain = try CertificateChain(pem: pem)
        try authorities.verify(chain)
        guard let key = X509_get_pubkey(chain.certificates[0]) else {
            throw DigestError.fromLibrary(.library, "the certificate has no key")
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether it is a host's of this name, by the rules that TLS goes by (RFC 9525).
    package func names(_ host: String) -> Bool {
        X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1
    }

    /// Whether its common name or one of its DNS names is this very text, as who gives orders is known.
    package func shows(_ name: String) -> Bool {
        if let text = copenssl_common_name(certificate) {
            defer { copenssl_free(text) }
            if String(cString: text) == name { return true }
        }
        var looking = (name: name, isFound: false)
        withUnsafeMutablePointer(to: &looking) { looking in
            copenssl_visit_dns_names(certificate, looking) { state, text, length in
                let looking = state?.assumingMemoryBound(to: (name: String, isFound: Bool).self)
                guard let text, let looking else { return }
                let bytes = UnsafeRawBufferPointer(start: text, count: length)
                if bytes.elementsEqual(looking.pointee.name.utf8) { looking.pointee.isFound = true }
            }
        }
        return looking.isFound
    }

    /// Whether both are of one key: a renewed certificate may have its old one, and a certificate can be written in several
    /// ways by whoever passes it on (with s and n - s in its signature), its key in one.
    package func hasKey(of other: SignerCertificate) -> Bool {
        defer { ERR_clear_error() }
        return EVP_PKEY_eq(key, other.key) == 1
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
}

/// Bytes that libcrypto reads, or writes, as if they were a file.
private enum Memory {
    static func read<Value>(_ bytes: [UInt8], _ body: (OpaquePointer) -> Value?) -> Value? {
        // The bytes are read where they are, until the end of the body.
        bytes.withUnsafeBytes { bytes in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else {
                return nil
            }
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    /// The first certificates of a text, to be freed by the caller.
    static func certificates(_ pem: [UInt8], upTo limit: Int) -> [OpaquePointer] {
        read(pem) { bio in
            var all: [OpaquePointer] = []
            while all.count < limit, let next = PEM_read_bio_X509(bio, nil, { _, _, _, _ in 0 }, nil) {
                all.append(next)
            }
            ERR_clear_error()
            return all
        } ?? []
    }

    /// Certificates as a text; nil for want of memory.
    static func pem(_ certificates: [OpaquePointer]) -> String? {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(bio) }
        for one in certificates where PEM_write_bio_X509(bio, one) != 1 { return nil }
        var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4_096))
        while true {
            let count = Int(BIO_read(bio, &buffer, Int32(buffer.count)))
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer.prefix(count)
        }
    }
}
