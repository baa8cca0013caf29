internal import PrecacheModel

/// What one transaction adds to what is known of where an image's bytes came from.
struct ImageGain {
    var isExchanged = false
    var fromSource: Int64 = 0
    var fromPeers: Int64 = 0
    /// Of those, from another zone.
    var fromFar: Int64 = 0

    mutating func add(_ other: ImageGain) {
        isExchanged = isExchanged || other.isExchanged
        fromSource = ByteProgress.boundedSum(fromSource, other.fromSource)
        fromPeers = ByteProgress.boundedSum(fromPeers, other.fromPeers)
        fromFar = ByteProgress.boundedSum(fromFar, other.fromFar)
    }
}

/// What one transaction changes in a job's counters, and the events that go with it.
struct JobDelta {
    private(set) var outcomes: [Outcome: Int] = [:]
    var hostsDone = 0
    var bytesDone: Int64 = 0
    var bytesInVain: Int64 = 0
    var bytesTotal: Int64 = 0
    var reasons: [Reason: Int] = [:]
    /// By the images' places.
    var gains: [Int: ImageGain] = [:]
    /// By zone; under "" of hosts without one.
    var crossings: [String: Int64] = [:]
    var events: [EventRows.New] = []

    /// Moves `count` results from one outcome to another.
    mutating func move(_ count: Int, from old: Outcome, to new: Outcome) {
        outcomes[old, default: 0] -= count
        outcomes[new, default: 0] += count
    }

    func change(of outcome: Outcome) -> Int { outcomes[outcome, default: 0] }

    /// Adds it to the job's row.
    ///
    /// Sums of bytes stay within their bounds: an overflow would make them fractions, which the table refuses, and
    /// with them every report of the transaction, again and again.
    func write(_ database: any StoreConnection, job: Int64) throws {
        let (greatest, least) = (database.dialect.greatest, database.dialect.least)
        try database.run(
            """
            UPDATE job SET hosts_done = hosts_done + ?1,
                bytes_done = \(greatest)(0, \(least)(bytes_done + ?2, \(ByteProgress.limit))),
                bytes_total = \(greatest)(0, \(least)(bytes_total + ?3, \(ByteProgress.limit))), pending = pending + ?4,
                running = running + ?5, cached = cached + ?6, existing = existing + ?7, error = error + ?8,
                unsupported = unsupported + ?9, skipped = skipped + ?10, cancelled = cancelled + ?11,
                bytes_in_vain = \(greatest)(0, \(least)(bytes_in_vain + ?13, \(ByteProgress.limit))),
                reasons = coalesce(?14, reasons), crossings = coalesce(?15, crossings), revision = revision + 1
            WHERE id = ?12
            """,
            [
                hostsDone, bytesDone, bytesTotal, change(of: .pending),
                change(of: .running), change(of: .cached), change(of: .existing),
                change(of: .error), change(of: .unsupported), change(of: .skipped),
                change(of: .cancelled), job, bytesInVain, try reasons(database, job: job),
                try crossings(database, job: job),
            ]
        )
        for (image, gain) in gains { try JobImageRows.add(gain, to: image, database, job: job) }
    }

    /// What crossed from zone to zone in the job as it is to be; nil if it stays as it is.
    private func crossings(_ database: any StoreConnection, job: Int64) throws -> String? {
        guard !crossings.isEmpty else { return nil }
        let text = try database.first("SELECT crossings FROM job WHERE id = ?1", [job]) { $0[0] as String }
        var known = try JSONText.decode(crossings: text ?? "{}")
        for (zone, bytes) in crossings.sorted(by: { $0.key < $1.key }) { known.take(bytes, to: zone) }
        return try JSONText.encode(crossings: known)
    }

    /// The job's counts by reason as they are to be; nil if they stay as they are.
    private func reasons(_ database: any StoreConnection, job: Int64) throws -> String? {
        guard !reasons.isEmpty else { return nil }
        let text = try database.first("SELECT reasons FROM job WHERE id = ?1", [job]) { $0[0] as String }
        var counts = try JSONText.decode(counts: text ?? "{}")
        for (reason, count) in reasons { counts[reason.rawValue, default: 0] += count }
        return try JSONText.encode(counts: counts)
    }
}
