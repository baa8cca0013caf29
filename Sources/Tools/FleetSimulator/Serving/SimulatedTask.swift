import Synchronization

/// A task that takes time: what it has told so far, and who is listening.
///
/// It goes on while nobody does, as an agent's task does, and tells everything again to whoever attaches.
final class SimulatedTask: Sendable {
    private struct State {
        var told: [UInt8] = []
        var isOver = false
        var isCancelled = false
        var isSuperseded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let attempt: Int
    private let state = Mutex(State())

    init(attempt: Int) { self.attempt = attempt }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    /// Whether its download is wanted by nobody; a newer attempt takes over what is running.
    var mayStop: Bool { state.withLock { $0.isCancelled && !$0.isSuperseded } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func tell(_ lines: [UInt8]) {
        change { $0.told += lines }
    }

    func end() {
        change { $0.isOver = true }
    }

    func cancel() {
        change { $0.isCancelled = true }
    }

    /// Ends it for a newer attempt.
    func supersede() {
        change { ($0.isCancelled, $0.isSuperseded) = (true, true) }
    }

    /// What was told beyond the first `offset` bytes, as soon as there is something; nil when nothing more will come.
    ///
    /// Throws `CancellationError` when the listening task is cancelled.
    func told(after offset: Int) async throws -> [UInt8]? {
        while true {
            let (lines, isOver) = state.withLock { (Array($0.told[offset...]), $0.isOver) }
            if !lines.isEmpty { return lines }
            if isOver { return nil }
            await next(after: offset)
            try Task.checkCancellation()
        }
    }

    private func next(after offset: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let waits = state.withLock { state in
                    guard state.told.count == offset, !state.isOver, !Task.isCancelled else { return false }
                    state.waiters.append(waiter)
                    return true
                }
                if !waits { waiter.resume() }
            }
        } onCancel: {
            // Whoever else listens looks again in vain, which does no harm.
            change { _ in }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
