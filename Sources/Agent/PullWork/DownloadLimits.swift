import DequeModule
import Reactor
import Synchronization

/// Lets so many downloads work at once; the others wait in line.
final class DownloadGate: Sendable {
    private struct State {
        var free: Int
        var line = Deque<(number: Int, continuation: CheckedContinuation<Bool, Never>)>()
        var next = 0
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(free: max(1, width))) }

    /// Waits for a place; throws when the task is cancelled first.
    func enter() async throws(CancellationError) {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    // The handler below runs after the flag is set: it finds us in line, or we see the flag.
                    if Task.isCancelled { return false }
                    guard state.free == 0 else {
                        state.free -= 1
                        return true
                    }
                    state.line.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(number)
        }
        guard isIn else { throw CancellationError() }
    }

    /// Gives a place back.
    func leave() {
        let next = state.withLock { state in
            let next = state.line.popFirst()
            if next == nil { state.free += 1 }
            return next?.continuation
        }
        next?.resume(returning: true)
    }

    private func giveUp(_ number: Int) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            if let index = state.line.firstIndex(where: { $0.number == number }) {
                return state.line.remove(at: index).continuation
            }
            return nil
        }
        waiting?.resume(returning: false)
    }
}

/// One rate that all downloads share.
final class RateLimiter: Sendable {
    private let bytesPerSecond: Int?
    private let loop: EventLoop
    /// When the bytes taken so far are paid for.
    private let paidAt = Mutex(ContinuousClock.now)

    init(bytesPerSecond: Int?, loop: EventLoop) {
        self.bytesPerSecond = bytesPerSecond
        self.loop = loop
    }

    /// Waits until these bytes fit the rate; at once without one.
    func take(_ count: Int) async throws(CancellationError) {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return }
        let now = ContinuousClock.now
        let wait = paidAt.withLock { paidAt in
            // A fifth of a second may be caught up on, not the time in which nobody fetched.
            paidAt = max(paidAt, now - .milliseconds(200)) + Self.price(count, bytesPerSecond)
            return paidAt - now
        }
        guard wait > .zero else { return }
        do {
            try await loop.sleep(for: wait)
        } catch {
            throw CancellationError()
        }
    }

    private static func price(_ count: Int, _ rate: Int) -> Duration {
        .seconds(count / rate) + .nanoseconds(Int64(count % rate) * 1_000_000_000 / Int64(rate))
    }
}
