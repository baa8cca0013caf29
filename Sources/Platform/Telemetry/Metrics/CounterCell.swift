internal import Synchronization

/// One series of a ``Counter``: one atomic number.
package final class CounterCell: Sendable {
    private let count = Atomic<Int>(0)

    /// Adds `amount`; a counter never falls, so below zero nothing is added.
    package func increment(by amount: Int = 1) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The sum so far.
    package var value: Int { count.load(ordering: .relaxed) }
}
