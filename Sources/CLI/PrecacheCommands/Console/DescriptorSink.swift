import Glibc

/// Writes to a file descriptor that someone else owns.
package struct DescriptorSink: TextSink {
    private let descriptor: Int32

    /// A sink for a descriptor; it isn't closed.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Writes the whole text, in as many pieces as the descriptor takes.
    package func write(_ text: String) throws(OutputClosed) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            let failure = errno
            if count >= 0 {
                offset += count
            } else if failure == EAGAIN {
                awaitRoom()
            } else if failure != EINTR {
                throw OutputClosed(
                    reason: failure == EPIPE ? nil : String(cString: strerror(failure)).lowercased()
                )
            }
        }
    }

    // A terminal that another program has made non-blocking.
    private func awaitRoom() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
    }
}
