import COpenSSL

/// One TLS session on a non-blocking socket (`SSL`).
///
/// Belongs to the loop of its connection.
final class TLSSession {
    /// Where a handshake stands.
    enum Handshake {
        case done
        case unfinished
        case failed(String)
    }

    private let handle: OpaquePointer
    private var isBroken = false

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        SSL_free(handle)
    }

    /// Goes on with the handshake as far as the socket allows.
    func handshake() -> Handshake {
        ERR_clear_error()
        let code = SSL_do_handshake(handle)
        if code == 1 { return .done }
        switch SSL_get_error(handle, code) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .unfinished
        default:
            isBroken = true
            return .failed(OpenSSLError.take())
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        ERR_clear_error()
        var count = 0
        let code = SSL_read_ex(handle, buffer.baseAddress, buffer.count, &count)
        return result(code, count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> IOResult {
        ERR_clear_error()
        var count = 0
        let code = SSL_write_ex(handle, bytes.baseAddress, bytes.count, &count)
        return result(code, count)
    }

    /// Sends close_notify, if that is possible at once.
    func finishSending() {
        guard !isBroken else { return }
        ERR_clear_error()
        _ = SSL_shutdown(handle)
    }

    /// The client's certificate; nil when it showed none.
    ///
    /// What was shown has been verified.
    func peerCertificate() -> PeerCertificate? {
        guard let certificate = SSL_get1_peer_certificate(handle) else { return nil }
        defer { X509_free(certificate) }
        guard SSL_get_verify_result(handle) == Int(X509_V_OK) else { return nil }
        var commonName: String?
        if let text = copenssl_common_name(certificate) {
            commonName = String(cString: text)
            copenssl_free(text)
        }
        var names: [String] = []
        withUnsafeMutablePointer(to: &names) { names in
            copenssl_visit_dns_names(certificate, names) { state, text, length in
                guard let text, let names = state?.assumingMemoryBound(to: [String].self) else { return }
                let bytes = UnsafeRawBufferPointer(start: text, count: length)
                names.pointee.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        return PeerCertificate(commonName: commonName, dnsNames: names)
    }

    private func result(_ code: Int32, _ count: Int) -> IOResult {
        if code == 1 { return .count(count) }
        switch SSL_get_error(handle, code) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .end
        default:
            isBroken = true
            return .failed
        }
    }
}
