import Synchronization

/// Slows down who guesses tokens: after ten wrong ones an address waits a minute.
final class AttemptBrake: Sendable {
    private struct Record {
        var count: Int
        var since: ContinuousClock.Instant
    }

    private let allowed = 10
    private let window = Duration.seconds(60)
    /// Addresses remembered; the table is emptied beyond that, for memory's sake.
    private let addresses = 4_096
    private let records = Mutex<[String: Record]>([:])

    /// The seconds that an address has to wait, or nil if it needn't.
    func wait(for address: String, now: ContinuousClock.Instant = .now) -> Int64? {
        records.withLock { records in
            guard let record = records[address], record.count >= allowed else { return nil }
            let left = record.since + window - now
            guard left > .zero else {
                records[address] = nil
                return nil
            }
            return left.components.seconds + 1
        }
    }

    /// Counts a wrong token.
    func note(_ address: String, now: ContinuousClock.Instant = .now) {
        records.withLock { records in
            if records.count >= addresses { records = [:] }
            var record = records[address] ?? Record(count: 0, since: now)
            if now - record.since > window { record = Record(count: 0, since: now) }
            record.count += 1
            record.since = now
            records[address] = record
        }
    }
}
