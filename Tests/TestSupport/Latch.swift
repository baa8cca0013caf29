import Glibc

/// Holds threads back until it's opened, once and for all.
package final class Latch: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// A closed latch.
    package init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Lets everybody through, now and later.
    package func open() {
        var byte: UInt8 = 1
        write(writeEnd, &byte, 1)
    }

    /// Suspends until it is open, at most 30 seconds.
    package func opened() async {
        for _ in 0..<6_000 {
            var state = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 0) != 0 { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Blocks until it is open, at most 30 seconds: for threads of a test's own.
    ///
    /// - Returns: Whether it is.
    @discardableResult
    package func wait(milliseconds: Int32 = 30_000) -> Bool {
        var state = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&state, 1, milliseconds)
            if count >= 0 || errno != EINTR { return count > 0 }
        }
    }
}
