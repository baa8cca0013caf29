import CLinux
import COpenSSL
import Glibc

/// What became of one attempt to read or write.
enum IOResult: Equatable {
    case count(Int)
    case wouldBlock
    /// The peer has closed its sending side.
    case end
    /// The connection is broken.
    case failed
}

/// A non-blocking socket, plain or under TLS, which its owner closes once.
struct Transport {
    let descriptor: Int32
    let tls: TLSSession?

    func read(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        if let tls { return tls.read(into: buffer) }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .count(count) }
            if count == 0 { return .end }
            if errno == EAGAIN { return .wouldBlock }
            if errno != EINTR { return .failed }
        }
    }

    /// Writes from several places at once, as much as the system takes.
    func write(_ parts: UnsafeMutableBufferPointer<iovec>) -> IOResult {
        if let tls {
            guard let first = parts.first else { return .count(0) }
            return tls.write(UnsafeRawBufferPointer(start: first.iov_base, count: first.iov_len))
        }
        while true {
            // sendmsg rather than writev: it can be told to raise no SIGPIPE.
            var message = msghdr()
            message.msg_iov = parts.baseAddress
            message.msg_iovlen = parts.count
            let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .count(count) }
            if errno == EAGAIN { return .wouldBlock }
            if errno != EINTR { return .failed }
        }
    }

    /// Bytes that the system has taken and the peer has not acknowledged (SIOCOUTQ, tcp(7)).
    var unacknowledged: Int {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
    }

    /// Whether bytes have come that were not read yet (FIONREAD, tcp(7)).
    var hasUnread: Bool {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 && count > 0
    }

    /// Says that nothing more will be sent.
    func finishSending() {
        tls?.finishSending()
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends the connection.
    ///
    /// Call once.
    func close() {
        Glibc.close(descriptor)
    }
}

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
