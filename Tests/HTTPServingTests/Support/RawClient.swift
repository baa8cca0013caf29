import CLinux
import Glibc
import HTTPServing
import Reactor
import Synchronization

/// A blocking socket that sends any bytes whatever and tells exactly what comes back.
///
/// Every read gives up after a minute, so that no test hangs.
final class RawClient: Sendable {
    private let descriptor: Int32
    private let lane: BlockingLane
    private let sendLane: BlockingLane
    private let sent = Atomic<Int>(0)

    init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws {
        lane = try BlockingLane(name: "client")
        sendLane = try BlockingLane(name: "client")
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var time = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = UInt16(address.port).bigEndian
        inet_pton(AF_INET, address.address, &target.sin_addr)
        let code = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw SystemError(call: "connect") }
    }

    deinit {
        // Calls hold the client, so neither lane is busy now.
        lane.stop()
        sendLane.stop()
        close(descriptor)
    }

    /// Sends it all; false when the server has closed.
    @discardableResult
    func send(_ text: String) async throws -> Bool {
        try await send(Array(text.utf8))
    }

    @discardableResult
    func send(_ bytes: [UInt8]) async throws -> Bool {
        try await sendLane.run { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, min($0.count, 65_536), Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return false }
                sent += count
                self.sent.add(count, ordering: .relaxed)
            }
            return true
        }
    }

    /// How many bytes the system has taken so far.
    var sentCount: Int { sent.load(ordering: .relaxed) }

    /// What comes next, at most `limit` bytes; nil at the end of the stream or on a reset.
    func receive(upTo limit: Int = 65_536) async throws -> [UInt8]? {
        try await lane.run { [self] in
            var buffer = [UInt8](repeating: 0, count: limit)
            let count = recv(descriptor, &buffer, limit, 0)
            if count < 0, errno == EAGAIN {
                throw SystemError(call: "recv: nothing came for a minute", code: EAGAIN)
            }
            return count > 0 ? Array(buffer.prefix(count)) : nil
        }
    }

    /// Reads until the text seen ends with `end`, or the stream ends.
    func receive(through end: String) async throws -> String {
        var all: [UInt8] = []
        let wanted = Array(end.utf8)
        while !all.suffix(wanted.count).elementsEqual(wanted) {
            guard let part = try await receive() else { break }
            all += part
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Reads to the end of the stream.
    func receiveAll() async throws -> String {
        var all: [UInt8] = []
        while let part = try await receive() { all += part }
        return String(decoding: all, as: UTF8.self)
    }

    /// Sends a request that asks for the connection's end, and returns all that comes.
    func exchange(_ text: String) async throws -> String {
        try await send(text)
        return try await receiveAll()
    }

    /// Says that nothing more will be sent.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends the connection with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
