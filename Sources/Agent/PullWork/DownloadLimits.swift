import DequeModule
import Reactor
import Synchronization

/// Lets so many downloads work at once; the others wait in line.
///
/// As many again may work for sources of which nothing is at work: whoever is slow holds up nobody but themselves.
final class DownloadGate: Sendable {
    private struct Waiting {
        let number: Int
        let source: String
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        let width: Int
        /// How many work, by source.
        var working: [String: Int] = [:]
        var line = Deque<Waiting>()
        var next = 0

        func hasPlace(for source: String) -> Bool {
            let sum = working.values.reduce(0, +)
            return sum < width || (sum < 2 * width && working[source] == nil)
        }
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(width: max(1, width))) }

    /// How many wait.
    var waiting: Int { state.withLock { $0.line.count } }

    /// Waits for a place.
    ///
    /// - Parameter source: What the download comes from, as one that may be slow: scheme, host and port.
    /// - Throws: When the task is cancelled first.
    func enter(_ source: String) async throws(CancellationError) {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    // The handler below runs after the flag is set: it finds us in line, or we see the flag.
                    if Task.isCancelled { return false }
                    if state.hasPlace(for: source) {
                        state.working[source, default: 0] += 1
                        return true
                    }
                    state.line.append(Waiting(number: number, source: source, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(number)
        }
        guard isIn else { throw CancellationError() }
    }

    /// Gives a place back: to the first in line who may have it.
    func leave(_ source: String) {
        let admitted = state.withLock { state in
            let left = (state.working[source] ?? 1) - 1
            state.working[source] = left > 0 ? left : nil
            var admitted: [CheckedContinuation<Bool, Never>] = []
            while let index = state.line.firstIndex(where: { state.hasPlace(for: $0.source) }) {
                let next = state.line.remove(at: index)
                state.working[next.source, default: 0] += 1
                admitted.append(next.continuation)
            }
            return admitted
        }
        for continuation in admitted { continuation.resume(returning: true) }
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
