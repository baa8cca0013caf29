import Synchronization

/// A value that tests can wait on: `wait` returns once its condition holds, however long the machine takes.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let condition: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var value: Value
        var waiters: [Waiter] = []
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
            let result = try body(&state.value)
            guard !state.waiters.isEmpty else { return result }
            ready = state.waiters.filter { $0.condition(state.value) }
            state.waiters.removeAll { $0.condition(state.value) }
            return result
        }
    }

    func wait(until condition: @escaping @Sendable (Value) -> Bool) async {
        await withCheckedContinuation { continuation in
            let holds = state.withLock { state in
                if condition(state.value) { return true }
                state.waiters.append(Waiter(condition: condition, continuation: continuation))
                return false
            }
            if holds { continuation.resume() }
        }
    }
}
