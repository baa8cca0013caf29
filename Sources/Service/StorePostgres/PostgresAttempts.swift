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

/// How long the parts of a transaction may take.
struct PostgresLimits {
    /// What the server works on one statement, in seconds; 0 for as long as it likes.
    let statement: Int
    /// What a statement waits for others' locks, in seconds.
    var lock = 5
    /// What the transaction may sleep between statements, in seconds; 0 for as long as it likes.
    var idle = 15
    /// What BEGIN and COMMIT take, with what they wait for.
    var short = Duration.seconds(8)

    /// What we wait for a statement's answer: the server ends it a little earlier.
    var answer: Duration { .seconds(statement == 0 ? 86_400 : statement + 5) }

    /// Everything at once.
    static let copy = PostgresLimits(statement: 0, idle: 0, short: .seconds(600))
    /// The next beat is as good.
    static let beat = PostgresLimits(statement: 5, lock: 1, idle: 5, short: .seconds(5))
}

/// Whether the process is about to end, and so waits for nobody who is away.
final class PostgresEnding: Sendable {
    private let state = Atomic(false)
    private let isLast = Atomic(false)
    private let isAway = Atomic(false)

    func begin() { state.store(true, ordering: .relaxed) }
    var hasBegun: Bool { state.load(ordering: .relaxed) }

    /// From now on nobody hears how a statement went that takes its time.
    func finish() {
        isLast.store(true, ordering: .relaxed)
        begin()
    }

    /// Takes how the last try went: whether the server was away.
    func note(isAway: Bool) { self.isAway.store(isAway, ordering: .relaxed) }

    /// Whether an answer that isn't there soon won't come any more: a statement that runs on a server that is well has its time.
    var isHasty: Bool { hasBegun && (isAway.load(ordering: .relaxed) || isLast.load(ordering: .relaxed)) }
}

/// Whether the caller of a transaction has gone.
final class CancellableCall: Sendable {
    private let state = Atomic(false)
    func cancel() { state.store(true, ordering: .relaxed) }
    var isCancelled: Bool { state.load(ordering: .relaxed) }
}
