import Glibc
import Synchronization

/// Takes SIGINT and SIGTERM on a thread that does nothing else, so that what they ask for can run as ordinary code.
///
/// Outside of ``withHandler(_:_:)`` they end the program as they would have without it.
package final class SignalWatch: Sendable {
    private let handler = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// A watch that nobody serves yet: signals do what they always do.
    package init() {}

    /// Holds the signals back from this thread and all that are started from it later.
    ///
    /// Call it first thing on the main thread. SIGPIPE is ignored: a closed pipe is seen by the write that fails.
    package func block() {
        signal(SIGPIPE, SIG_IGN)
        var set = Self.watched
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for signals on this thread, for ever.
    package func serve() -> Never {
        var set = Self.watched
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            deliver(number)
        }
    }

    /// Gives a signal to the handler, or ends the process by it where there is none.
    func deliver(_ number: Int32) {
        guard let handler = handler.withLock({ $0 }) else { Self.end(by: number) }
        handler(number)
    }

    /// Runs `body` while `handler` gets the signals.
    func withHandler<Result>(
        _ handler: @escaping @Sendable (Int32) -> Void,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        self.handler.withLock { $0 = handler }
        defer { self.handler.withLock { $0 = nil } }
        return try await body()
    }

    private static var watched: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }

    // Dies of the signal itself, so that a shell sees what ended the program.
    private static func end(by number: Int32) -> Never {
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
        _exit(128 + number)
    }
}
