import Synchronization

/// A value that tests can wait on: `wait` returns once its condition holds, however long the machine takes.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let id: Int
        let condition: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var value: Value
        var waiters: [Waiter] = []
        var lastID = 0
    }

    private let state: Mutex<State>

    init(_ value: sending Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    @discardableResult
    func change<Result: Sendable>(
        _ body: (inout Value) throws -> sending Result
    ) rethrows -> Result {
        var ready: [Waiter] = []
        defer { for waiter in ready { waiter.continuation.resume() } }
        return try state.withLock { state in
            // Also when the body throws: it may have changed something before.
            defer {
                ready = state.waiters.filter { $0.condition(state.value) }
                if !ready.isEmpty {
                    state.waiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
                }
            }
            return try body(&state.value)
        }
    }

    /// Waits until the condition holds, or the task is cancelled: a test that has run out of time must end.
    func wait(until condition: @escaping @Sendable (Value) -> Bool) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if condition(state.value) || Task.isCancelled { return true }
                    state.waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume()
        }
    }
}
