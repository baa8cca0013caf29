import PrecacheModel

/// What Keystone said of tokens, by their hashes, for a while.
///
/// Pure: the caller tells the time. Memory is bounded.
struct ValidationCache {
    /// What is remembered of a token; nil where it doesn't hold.
    private struct Entry {
        let caller: Caller?
        let until: ContinuousClock.Instant
    }

    private let limit: Int
    private var entries: [[UInt8]: Entry] = [:]

    /// - Parameter limit: Tokens remembered at most.
    init(limit: Int) { self.limit = max(8, limit) }

    /// How many tokens are remembered.
    var count: Int { entries.count }

    /// Whose token this is; an inner nil if it doesn't hold, an outer one if nobody knows now.
    func caller(_ hash: [UInt8], now: ContinuousClock.Instant) -> Caller?? {
        guard let entry = entries[hash], now < entry.until else { return nil }
        return .some(entry.caller)
    }

    /// Whether this token was asked about, however long ago: it's no guess.
    func hasMet(_ hash: [UInt8]) -> Bool { entries[hash] != nil }

    /// Remembers what was said of a token.
    mutating func remember(
        _ caller: Caller?,
        _ hash: [UInt8],
        until: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) {
        guard now < until else { return }
        if entries[hash] == nil, entries.count >= limit { makeRoom(now: now) }
        entries[hash] = Entry(caller: caller, until: until)
    }

    /// Drops what has ended, else the eighth that ends first.
    private mutating func makeRoom(now: ContinuousClock.Instant) {
        entries = entries.filter { now < $0.value.until }
        guard entries.count >= limit else { return }
        let first = entries.sorted { $0.value.until < $1.value.until }.prefix(max(1, limit / 8))
        for (hash, _) in first { entries[hash] = nil }
    }
}
