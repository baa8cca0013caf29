import Glibc

/// One accepted connection of a ``ScriptedServer``, with blocking calls, on a thread of its own.
package final class ServerConnection: Sendable {
    package struct Request: Sendable {
        package let line: String
        /// Names in lower case.
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    package let descriptor: Int32
    /// Which connection of its server this is, from 0.
    package let number: Int

    package init(descriptor: Int32, number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    /// The head of the next request with the empty line at its end, or nil when the client has gone.
    package func readHead() -> String? {
        var head: [UInt8] = []
        while !head.hasSuffix([13, 10, 13, 10]) {
            guard let byte = read(1).first else { return nil }
            head.append(byte)
        }
        return String(decoding: head, as: UTF8.self)
    }

    /// The next request with its body, or nil when the client has gone.
    package func readRequest() -> Request? {
        guard let head = readHead() else { return nil }
        var lines = head.split(separator: "\r\n")
        let line = String(lines.removeFirst())
        let headers = lines.map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return (parts[0].lowercased(), String(value))
        }
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        var body: [UInt8] = []
        while body.count < length {
            let more = read(length - body.count)
            if more.isEmpty { return nil }
            body += more
        }
        return Request(line: line, headers: headers, body: body)
    }

    /// Writes all; false when the client has gone.
    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(
                    descriptor,
                    buffer.baseAddress?.advanced(by: sent),
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// A whole response with its length.
    @discardableResult
    package func respond(_ status: String = "200 OK", headers: [String] = [], body: String = "") -> Bool {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        return write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Waits until the client has closed, whatever it sends before.
    package func waitUntilClosed() {
        while !read(4_096).isEmpty {}
    }

    /// Lets time pass, for a server whose slowness is what a test is about.
    package func wait(milliseconds: UInt32) { usleep(milliseconds * 1_000) }

    /// Closes with a reset instead of an orderly end.
    package func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private func read(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var received = recv(descriptor, buffer.baseAddress, count, 0)
            while received < 0 && errno == EINTR { received = recv(descriptor, buffer.baseAddress, count, 0) }
            filled = max(0, received)
        }
    }
}

extension Array where Element == UInt8 {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool { self.suffix(suffix.count).elementsEqual(suffix) }
}
