internal import Synchronization

/// One series of a ``Gauge``: one number, changed atomically.
package final class GaugeCell: Sendable {
    private let bits = Atomic<UInt64>(0)

    /// Sets the number.
    package func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Adds `delta`, which may be below zero.
    package func add(_ delta: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + delta).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: current,
                desired: next,
                ordering: .relaxed
            )
            if exchanged { return }
            current = original
        }
    }

    /// The number now.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
