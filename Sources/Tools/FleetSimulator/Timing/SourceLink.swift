import Synchronization

/// The link of the image source that all simulated downloads share, each getting as much as any other.
///
/// It keeps how many bytes a download that takes all it is given would have got so far. The difference between two
/// readings is what was to be had in between, however many came and went meanwhile: so together the downloads never
/// get more than the link carries.
final class SourceLink: Sendable {
    private struct State {
        var active = 0
        var mostActive = 0
        var offered = 0.0
        var read: ContinuousClock.Instant
    }

    private let rate: Double
    private let state: Mutex<State>

    init(_ bandwidth: Bandwidth, now: ContinuousClock.Instant = .now) {
        rate = bandwidth.bytesPerSecond
        state = Mutex(State(read: now))
    }

    /// The most downloads that there were at once.
    var mostActive: Int { state.withLock { $0.mostActive } }

    /// A download begins or ends.
    func change(by count: Int, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            advance(&state, to: now)
            state.active += count
            state.mostActive = max(state.mostActive, state.active)
        }
    }

    /// What a download could have had until now, and how fast more comes at the moment.
    func reading(now: ContinuousClock.Instant = .now) -> (offered: Double, rate: Double) {
        state.withLock { state in
            advance(&state, to: now)
            return (state.offered, rate / Double(max(1, state.active)))
        }
    }

    private func advance(_ state: inout State, to now: ContinuousClock.Instant) {
        let seconds = max(0, (now - state.read) / .seconds(1))
        state.read = max(state.read, now)
        if rate.isFinite { state.offered += seconds * rate / Double(max(1, state.active)) }
    }
}
