import CLinux
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
