import Glibc
import Synchronization

extension EventLoop {
    /// Runs `work` on the loop's thread once `duration` has passed, never earlier; from any thread.
    ///
    /// - Parameters:
    ///   - duration: The time to wait, kept to the millisecond.
    ///   - work: What to run. It is dropped when the loop stops first.
    /// - Returns: The timer, to cancel it; it needs not be kept.
    @discardableResult
    package func schedule(after duration: Duration, _ work: @escaping @Sendable () -> Void) -> LoopTimer {
        let timer = LoopTimer(work: work)
        start(timer, deadline: MonotonicTime.deadline(after: duration))
        return timer
    }

    /// Suspends the task for `duration`.
    ///
    /// - Throws: `CancellationError` at once when the task is cancelled or the loop stops.
    package func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard sleeper.begin(continuation) else { return }
                let timer = LoopTimer(
                    work: { sleeper.end(.success(())) },
                    abandoned: { sleeper.end(.failure(CancellationError())) }
                )
                sleeper.attach(timer)
                start(timer, deadline: MonotonicTime.deadline(after: duration))
            }
        } onCancel: {
            sleeper.end(.failure(CancellationError()))
        }
    }

    private func start(_ timer: LoopTimer, deadline: UInt64) {
        guard !isCurrent else {
            state.timers.insert(timer, deadline: deadline)
            return
        }
        execute { [self] in state.timers.insert(timer, deadline: deadline) }
    }
}

/// Work that a loop runs once, later, unless it is cancelled before.
package final class LoopTimer: Sendable {
    private struct Actions {
        let work: @Sendable () -> Void
        let abandoned: (@Sendable () -> Void)?
    }

    private let actions: Mutex<Actions?>

    init(work: @escaping @Sendable () -> Void, abandoned: (@Sendable () -> Void)? = nil) {
        actions = Mutex(Actions(work: work, abandoned: abandoned))
    }

    /// Takes the work back, from any thread; without effect once it has begun; the work is let go at once.
    package func cancel() {
        actions.withLock { $0 = nil }
    }

    /// Whether there is nothing left to run.
    var isSpent: Bool { actions.withLock { $0 == nil } }

    /// Runs the work, the first time only.
    func fire() {
        take()?.work()
    }

    /// Tells that the loop ends before the time has come.
    func abandon() {
        take()?.abandoned?()
    }

    private func take() -> Actions? {
        actions.withLock { actions in
            defer { actions = nil }
            return actions
        }
    }
}

/// One call of `sleep`: whoever comes first, timer or cancellation, ends it.
final class Sleeper: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, any Error>?
        var timer: LoopTimer?
        var result: Result<Void, any Error>?
    }

    private let state = Mutex(State())

    /// Takes the continuation, or resumes it at once (and returns false) when the sleep was cancelled before it began.
    func begin(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        let result = state.withLock { state in
            if state.result == nil { state.continuation = continuation }
            return state.result
        }
        guard let result else { return true }
        continuation.resume(with: result)
        return false
    }

    func attach(_ timer: LoopTimer) {
        let isOver = state.withLock { state in
            state.timer = timer
            return state.result != nil
        }
        if isOver { timer.cancel() }
    }

    func end(_ result: Result<Void, any Error>) {
        let (continuation, timer) = state.withLock { state in
            guard state.result == nil else {
                return (nil as CheckedContinuation<Void, any Error>?, nil as LoopTimer?)
            }
            state.result = result
            defer {
                state.continuation = nil
                state.timer = nil
            }
            return (state.continuation, state.timer)
        }
        timer?.cancel()
        continuation?.resume(with: result)
    }
}

/// Nanoseconds of `CLOCK_MONOTONIC`, which no change of the wall clock moves.
package enum MonotonicTime {
    package static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The time `duration` from now: at once when it is negative, centuries away when it is too large.
    package static func deadline(after duration: Duration) -> UInt64 {
        let parts = duration.components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return now }
        let seconds = UInt64(min(parts.seconds, 9_000_000_000))
        return now + seconds * 1_000_000_000 + UInt64(parts.attoseconds / 1_000_000_000)
    }
}
