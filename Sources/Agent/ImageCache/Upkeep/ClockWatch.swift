import Glibc
import Synchronization

/// Notices when the wall clock was set, since ages by it are worth nothing then.
///
/// After a jump a file counts as old only when it has been unused for its whole minimum age since, by a clock that can't
/// be set.
final class ClockWatch: Sendable {
    /// One reading of both clocks, in microseconds.
    struct Reading: Hashable, Sendable {
        /// Since 1970, UTC; can be set.
        var wall: Int64
        /// Since the machine started, sleep included; can't be set.
        var boot: Int64

        static func now() -> Reading {
            var time = timespec()
            clock_gettime(CLOCK_BOOTTIME, &time)
            return Reading(
                wall: ImageCache.now(),
                boot: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
            )
        }
    }

    private struct State {
        var last: Reading
        var jumpedAt: Int64?
    }

    /// Slewing and leap seconds stay below this.
    private static let tolerance: Int64 = 300_000_000

    private let state: Mutex<State>

    init(_ first: Reading) { state = Mutex(State(last: first)) }

    /// Takes a reading.
    ///
    /// - Returns: How long ages by the wall clock have been worth something, in microseconds; nil if always.
    func note(_ reading: Reading) -> Int64? {
        state.withLock { state in
            let drift = (reading.wall - state.last.wall) - (reading.boot - state.last.boot)
            if abs(drift) > Self.tolerance { state.jumpedAt = reading.boot }
            state.last = reading
            return state.jumpedAt.map { reading.boot - $0 }
        }
    }
}
