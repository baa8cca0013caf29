import Reactor
import Synchronization

/// Wakes whoever waits for news.
final class Bell: Sendable {
    private struct State {
        var rings = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// How often it has rung; look before you read what it stands for.
    var rings: Int { state.withLock { $0.rings } }

    func ring() {
        let waiters = state.withLock { state in
            state.rings += 1
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until it has rung more than `seen` times, the time is up, or the task is cancelled.
    func wait(after seen: Int, upTo limit: Duration, on loop: EventLoop) async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        var timer: LoopTimer?
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.rings == seen, !Task.isCancelled else { return false }
                    state.waiters[number] = continuation
                    return true
                }
                guard mustWait else { return continuation.resume() }
                timer = loop.schedule(after: limit) { self.wake(number) }
            }
        } onCancel: {
            wake(number)
        }
        timer?.cancel()
    }

    private func wake(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
}
