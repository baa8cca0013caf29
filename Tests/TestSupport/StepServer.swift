import Synchronization

/// An HTTP server on 127.0.0.1 that takes the steps that a test tells it, right or wrong, with one request a connection.
package final class StepServer: Sendable {
    /// One thing that it does with a connection.
    package enum Step: Sendable {
        /// Sends these bytes as they are.
        case bytes([UInt8])
        /// Sends this text as it is.
        case text(String)
        /// Goes on once the latch is open.
        case wait(Latch)
        /// Sends this text each second until the latch is open.
        case beat(String, until: Latch)
        /// Breaks the connection with a reset.
        case reset
        /// Opens a latch: the test hears of it.
        case tell(Latch)
    }

    private let server: ScriptedServer
    private let heads: Heads

    /// Starts serving, until the last reference goes.
    ///
    /// - Parameter script: What to do with a request, given its head; the connection is closed afterwards.
    package init(_ script: @escaping @Sendable (String) -> [Step]) {
        let heads = Heads()
        self.heads = heads
        do {
            server = try ScriptedServer { connection in
                guard let head = connection.readHead() else { return }
                heads.all.withLock { $0.append(head) }
                Self.take(script(head), on: connection)
            }
        } catch {
            preconditionFailure("no port on 127.0.0.1 to be had: \(error)")
        }
    }

    deinit { server.stopListening() }

    /// The port.
    package var port: Int { server.port }

    /// The heads of all requests so far.
    package var requests: [String] { heads.all.withLock { $0 } }

    /// A URL on the server.
    package func url(_ path: String = "/image") -> String { server.url + path }

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

    private static func take(_ steps: [Step], on connection: ServerConnection) {
        for step in steps {
            switch step {
            case .bytes(let bytes): guard connection.write(bytes) else { return }
            case .text(let text): guard connection.write(text) else { return }
            case .wait(let latch): latch.wait()
            case .beat(let text, let latch):
                while !latch.wait(milliseconds: 1_000) { guard connection.write(text) else { return } }
            case .tell(let latch): latch.open()
            case .reset: return connection.reset()
            }
        }
    }

    private final class Heads: Sendable {
        let all = Mutex<[String]>([])
    }
}
