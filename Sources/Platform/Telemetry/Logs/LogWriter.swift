internal import Glibc
internal import Synchronization

/// Writes whole lines to a descriptor.
///
/// One `write(2)` a line keeps lines of several processes on one pipe apart (up to `PIPE_BUF`, pipe(7)); the lock
/// does so for the threads of this one when the kernel takes only a part.
final class LogWriter: Sendable {
    private let descriptor: Mutex<Int32>

    init(descriptor: Int32) {
        self.descriptor = Mutex(descriptor)
    }

    /// Writes all bytes, or gives up silently: a log that can't be written must not stop the program.
    func write(_ bytes: [UInt8]) {
        descriptor.withLock { descriptor in
            var offset = 0
            while offset < bytes.count {
                let written = bytes.withUnsafeBytes { buffer in
                    Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
                }
                if written > 0 {
                    offset += written
                } else if written < 0, errno == EINTR {
                    continue
                } else if written < 0, errno == EAGAIN, Self.waitUntilWritable(descriptor) {
                    continue
                } else {
                    return
                }
            }
        }
    }

    /// Standard error may be non-blocking by someone else's choice: a reader has a tenth of a second to make room.
    private static func waitUntilWritable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = poll(&entry, 1, 100)
        return ready > 0 || (ready < 0 && errno == EINTR)
    }
}
