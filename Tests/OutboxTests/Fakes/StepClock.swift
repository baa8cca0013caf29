import PrecacheModel
import Synchronization

/// A wall clock that stands still until a test moves it, and wakes those who sleep.
final class StepClock: Sendable {
    private struct Sleeper {
        let until: Timestamp
        /// How long it meant to sleep.
        let duration: Duration
        let wake: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Timestamp(microseconds: 1_800_000_000_000_000)
        var sleepers: [Int: Sleeper] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    var now: Timestamp { state.withLock { $0.now } }

    /// How long those who sleep meant to when they began, shortest first.
    var sleeps: [Duration] { state.withLock { $0.sleepers.values.map(\.duration).sorted() } }

    func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wake in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers[id] = Sleeper(
                        until: state.now + duration,
                        duration: duration,
                        wake: wake
                    )
                    return false
                }
                if isCancelled { wake.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.wake.resume(throwing: CancellationError())
        }
    }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        for sleeper in due { sleeper.wake.resume() }
    }
}

/// Waits until something has come about by itself.
///
/// Looks again and again with a pause between: many tests wait like this at once, and would take each other's time.
func eventually(_ condition: () async -> Bool) async {
    while !Task.isCancelled {
        if await condition() { return }
        try? await Task.sleep(for: .milliseconds(1))
    }
}
