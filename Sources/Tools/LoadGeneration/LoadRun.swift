import Synchronization

/// One run of a ``SteadyLoad``: whose turn it is, and what has come of the others.
final class LoadRun: Sendable {
    let count: Int
    private let rate: Double
    private let start = ContinuousClock.now
    private let turn = Atomic(0)
    private let noted = Mutex(LoadResult())

    init(count: Int, rate: Double) {
        self.count = count
        self.rate = rate
    }

    /// When the next request is due; nil when all have had their turn.
    func next() -> ContinuousClock.Instant? {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < count ? start + .seconds(Double(number) / rate) : nil
    }

    func note(_ latency: Duration, isGood: Bool) {
        noted.withLock { $0.note(latency, isGood: isGood) }
    }

    func result() -> LoadResult {
        noted.withLock { result in
            result.seconds = (ContinuousClock.now - start) / .seconds(1)
            return result
        }
    }
}
