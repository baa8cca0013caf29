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
