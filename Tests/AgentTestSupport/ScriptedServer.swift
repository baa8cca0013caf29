import Glibc
import Synchronization

/// An HTTP server on 127.0.0.1 that does what a test tells it, right or wrong, a request a connection.
package final class ScriptedServer: Sendable {
    /// One thing that it does with a connection.
    package enum Step: Sendable {
        /// Sends these bytes as they are.
        case bytes([UInt8])
        /// Sends this text as it is.
        case text(String)
        /// Goes on once the latch is open.
        case wait(Latch)
        /// Breaks the connection with a reset.
        case reset
        /// Opens a latch: the test hears of it.
        case tell(Latch)
    }

    /// The port.
    package let port: Int
    private let listener: Int32
    private let heads = Mutex<[String]>([])

    /// Starts serving.
    ///
    /// - Parameter script: What to do with a request, given its head; the connection is closed afterwards.
    package init(_ script: @escaping @Sendable (String) -> [Step]) {
        signal(SIGPIPE, SIG_IGN)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                _ = bind(listener, plain, length)
                _ = listen(listener, 64)
                getsockname(listener, plain, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        Self.detach { [weak self] in
            while case let connection = accept(listener, nil, nil), connection != -1 {
                let note: @Sendable (String) -> Void = { [weak self] head in
                    self?.heads.withLock { $0.append(head) }
                }
                Self.detach { Self.serve(connection, script, note) }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// The heads of all requests so far.
    package var requests: [String] { heads.withLock { $0 } }

    /// A URL on the server.
    package func url(_ path: String = "/image") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// A complete response.
    package static func response(
        _ status: String = "200 OK",
        _ headers: [String] = [],
        body: [UInt8] = []
    ) -> [Step] {
        [.text(head(status, ["Content-Length: \(body.count)"] + headers)), .bytes(body)]
    }

    /// A response's head.
    package static func head(_ status: String, _ headers: [String]) -> String {
        (["HTTP/1.1 \(status)", "Connection: close"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// The offset that a request's Range asks to go on at; 0 without one.
    package static func offset(_ head: String) -> Int {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("range: bytes=") {
            return Int(line.dropFirst(13).prefix { $0 != "-" }) ?? 0
        }
        return 0
    }

    /// The right answer to a request for a file, with or without Range.
    package static func file(_ bytes: [UInt8], _ head: String) -> [Step] {
        let start = offset(head)
        guard start > 0 else { return response(body: bytes) }
        guard start < bytes.count else {
            return response("416 Range Not Satisfiable", ["Content-Range: bytes */\(bytes.count)"])
        }
        return response(
            "206 Partial Content",
            ["Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
            body: Array(bytes[start...])
        )
    }

    private static func serve(
        _ connection: Int32,
        _ script: (String) -> [Step],
        _ note: (String) -> Void
    ) {
        defer { close(connection) }
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            guard read(connection, &byte, 1) == 1 else { return }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        note(text)
        for step in script(text) {
            switch step {
            case .bytes(let bytes): guard send(connection, bytes) else { return }
            case .text(let text): guard send(connection, Array(text.utf8)) else { return }
            case .wait(let latch): latch.wait()
            case .tell(let latch): latch.open()
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
    }

    private static func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(connection, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    private static func detach(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(ThreadBody(body))
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            },
            box.toOpaque()
        )
        pthread_detach(thread)
    }

    private final class ThreadBody: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
