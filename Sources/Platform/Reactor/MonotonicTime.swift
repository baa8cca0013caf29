import Glibc

/// Nanoseconds of `CLOCK_MONOTONIC`, which no change of the wall clock moves.
package enum MonotonicTime {
    package static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The time `duration` from now: at once when it is negative, centuries away when it is too large.
    package static func deadline(after duration: Duration) -> UInt64 {
        let parts = duration.components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return now }
        let seconds = UInt64(min(parts.seconds, 9_000_000_000))
        return now + seconds * 1_000_000_000 + UInt64(parts.attoseconds / 1_000_000_000)
    }
}
