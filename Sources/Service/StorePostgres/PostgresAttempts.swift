internal import Glibc
internal import PrecacheModel
internal import Synchronization

/// How long, and how often, a transaction is tried.
struct PostgresAttempts {
    /// Until when a server that is away is waited for.
    private let end: ContinuousClock.Instant
    private let ending: PostgresEnding
    private var failures = 0
    private var conflicts = 0

    /// How often a transaction is tried that others' transactions were in the way of.
    private static let most = 5

    init(until end: ContinuousClock.Instant, _ ending: PostgresEnding) {
        (self.end, self.ending) = (end, ending)
    }

    /// Whether a server that is away isn't waited for any more.
    var isOver: Bool { ContinuousClock.now >= end || ending.hasBegun }

    /// Pauses before the next try; false: that was the last.
    mutating func goOn(after failure: PostgresFailure) -> Bool {
        failures += 1
        if failure.isConflict { conflicts += 1 }
        guard failure.isPassing, failure.isConflict ? conflicts < Self.most : !isOver else { return false }
        let most = min(Duration.milliseconds(50) * (1 << min(failures - 1, 5)), .seconds(1))
        usleep(UInt32(most / .microseconds(1) * Double.random(in: 0...1)))
        return true
    }
}

/// Whether the process is about to end, and so waits for nobody.
final class PostgresEnding: Sendable {
    private let state = Atomic(false)
    func begin() { state.store(true, ordering: .relaxed) }
    var hasBegun: Bool { state.load(ordering: .relaxed) }
}

/// Whether the caller of a transaction has gone.
final class CancellableCall: Sendable {
    private let state = Atomic(false)
    func cancel() { state.store(true, ordering: .relaxed) }
    var isCancelled: Bool { state.load(ordering: .relaxed) }
}
