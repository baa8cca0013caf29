import Glibc
import Synchronization

/// Takes SIGINT and SIGTERM on a thread of its own, so that what they ask for can run as ordinary code.
///
/// Outside of ``withHandler(_:_:)`` they end the program as they would have without it.
public final class SignalWatch: Sendable {
    private let handler = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// Starts the watch.
    ///
    /// Call it once, first thing, on the main thread: threads started later inherit its mask, so that the signals
    /// reach none but the watch's own. SIGPIPE is ignored: a closed pipe is seen by the write that fails.
    public static func start() -> SignalWatch {
        let watch = SignalWatch()
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(watch)
        let started = pthread_create(&thread, nil, { SignalWatch.wait($0) }, argument.toOpaque())
        if started == 0 {
            pthread_detach(thread)
        } else {
            argument.release()
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
        }
        return watch
    }

    /// Runs `body` while `handler` gets the signals.
    public func withHandler<Result>(
        _ handler: @escaping @Sendable (Int32) -> Void,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        self.handler.withLock { $0 = handler }
        defer { self.handler.withLock { $0 = nil } }
        return try await body()
    }

    private static func wait(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let watch = Unmanaged<SignalWatch>.fromOpaque(argument).takeRetainedValue()
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            guard let handler = watch.handler.withLock({ $0 }) else { end(by: number) }
            handler(number)
        }
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
