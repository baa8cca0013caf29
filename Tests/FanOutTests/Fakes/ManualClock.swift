import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }

        func duration(to other: Instant) -> Duration { other.offset - offset }

        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    struct Sleeper: Sendable {
        let until: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    struct State: Sendable {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var lastID = 0
    }

    let state = Watched(State())

    var now: Instant { state.value.now }

    var minimumResolution: Duration { .nanoseconds(1) }

    /// Moments that somebody sleeps until.
    var alarms: [Duration] { state.value.sleepers.values.map(\.until.offset).sorted() }

    func advance(by duration: Duration) { advance(to: now.advanced(by: duration)) }

    /// Moves to the next moment that somebody sleeps until; false if nobody sleeps.
    func advanceToNextAlarm() -> Bool {
        guard let next = alarms.first else { return false }
        advance(to: max(now, Instant(offset: next)))
        return true
    }

    func advance(to instant: Instant) {
        let due = state.change { state in
            state.now = max(state.now, instant)
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.change { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDue: Bool? = state.change { state in
                    if Task.isCancelled { return nil }
                    if deadline <= state.now { return true }
                    state.sleepers[id] = Sleeper(until: deadline, continuation: continuation)
                    return false
                }
                switch isDue {
                case nil: continuation.resume(throwing: CancellationError())
                case true?: continuation.resume()
                case false?: break
                }
            }
        } onCancel: {
            let sleeper = state.change { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
