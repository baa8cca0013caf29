import Synchronization

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
