internal import Glibc
internal import Logging
internal import Reactor
internal import Synchronization

/// Writes whole lines to a descriptor, on a thread of its own: a reader that doesn't keep up must not stop those who log,
/// event loops among them.
///
/// One `write(2)` a line keeps lines of several processes on one pipe apart (up to `PIPE_BUF`, pipe(7)). What waits is
/// bounded; lines beyond that are dropped and counted, and the log says how many as soon as there is room again.
final class LogWriter: Sendable {
    private struct Backlog {
        var bytes = 0
        var dropped = 0
    }

    /// The bytes that may wait.
    static let limit = 1 << 20

    private let descriptor: Int32
    private let isJournal: Bool
    private let backlog = Mutex(Backlog())
    /// Nil when there was no thread to be had: then everyone writes for himself.
    private let lane: BlockingLane?

    init(descriptor: Int32, isJournal: Bool) {
        self.descriptor = descriptor
        self.isJournal = isJournal
        lane = try? BlockingLane(name: "log")
    }

    deinit { lane?.stop() }

    /// Writes a line soon, in order, or gives up silently: a log that can't be written must not stop the program.
    func write(_ line: LogLine, _ format: LogFormat) {
        let line = line.bytes(format, withPriority: isJournal)
        guard let lane else { return put(line) }
        let hasRoom = backlog.withLock { backlog in
            guard backlog.bytes + line.count <= Self.limit else {
                backlog.dropped += 1
                return false
            }
            backlog.bytes += line.count
            return true
        }
        guard hasRoom else { return }
        lane.submit { [self] in
            put(line)
            let dropped = backlog.withLock { backlog in
                backlog.bytes -= line.count
                guard backlog.bytes <= Self.limit / 2 else { return 0 }
                defer { backlog.dropped = 0 }
                return backlog.dropped
            }
            if dropped > 0 { put(Self.notice(of: dropped).bytes(format, withPriority: isJournal)) }
        }
    }

    /// Returns when everything handed over so far is written, or when `milliseconds` have passed.
    func flush(milliseconds: Int) {
        guard let lane else { return }
        let written = Semaphore()
        if lane.submit({ written.signal() }) { written.wait(milliseconds: milliseconds) }
    }

    private static func notice(of dropped: Int) -> LogLine {
        LogLine(
            milliseconds: LogLine.now(),
            level: .warning,
            label: "log",
            message: "lines dropped, since nobody read them",
            error: nil,
            metadata: ["lines": "\(dropped)"]
        )
    }

    private func put(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            if written > 0 {
                offset += written
            } else if written < 0, errno == EINTR {
                continue
            } else if written < 0, errno == EAGAIN, waitUntilWritable() {
                continue
            } else {
                return
            }
        }
    }

    /// Standard error may be non-blocking by someone else's choice.
    private func waitUntilWritable() -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = poll(&entry, 1, lane == nil ? 100 : -1)
        return ready > 0 || (ready < 0 && errno == EINTR)
    }
}
