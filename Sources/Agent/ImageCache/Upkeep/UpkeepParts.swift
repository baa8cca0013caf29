import InstanceUsage
import Logging
import PrecacheModel
import Telemetry

/// What sweeps, evictions and scrubs share.
struct UpkeepParts: Sendable {
    let layout: CacheLayout
    let state: CacheState
    let lanes: CacheLanes
    let scanner: UsageScanner
    let locks: NovaLocks
    /// The age from which on Nova may be about to remove a file.
    let oldAge: Duration
    let configuration: UpkeepConfiguration
    let clock: ClockWatch
    let removals: RemovalLog
    /// What others read: closed before a file is removed.
    let given: GivenFiles
    let scrubbed = ScrubbedFile()
    let metrics: UpkeepMetrics
    let logger: Logger

    /// The rule for what was found in use, at this moment; after a look at the directory, which takes over what other hosts
    /// are to keep.
    func rule(_ use: CacheUse) -> RemovalRule {
        let reading = ClockWatch.Reading.now()
        return RemovalRule(
            configuration: configuration,
            usage: use,
            leases: state.leases(at: reading.wall),
            isHere: { [layout, state] id in
                guard let record = state[id], !record.image.isDamaged else { return false }
                return (try? layout.base.status(of: CacheLayout.fileName(of: id))) != nil
            },
            now: reading.wall,
            trusted: clock.note(reading)
        )
    }

    /// Who uses what, found out anew.
    func look() async throws(CacheError) -> CacheUse {
        let scanner = scanner
        return try await lanes.onLooking { () throws(CacheError) in try scanner.scan() }
    }

    /// Removes files that may go, a batch at a time.
    ///
    /// - Parameters:
    ///   - candidates: The files; each is judged once more.
    ///   - use: What was found in use, with what has come meanwhile afterwards.
    ///   - judge: The last word on each, with the record as it is then.
    /// - Returns: What was removed, and what wasn't, by the reason.
    /// - Throws: ``CacheError`` with `io`; what was removed before stays so.
    func remove(
        _ candidates: [CandidateList.Candidate],
        _ use: CacheUse,
        judge: @escaping @Sendable (RemovalRule, CachedFile) -> FileVerdict
    ) async throws(CacheError) -> Removed {
        var removed = Removed(use: use)
        var rest = candidates[...]
        while !rest.isEmpty, !Task.isCancelled {
            let batch = Array(rest.prefix(FileRemover.batch))
            rest = rest.dropFirst(batch.count)
            let (before, parts) = (removed, self)
            // Our own scrub is no user of a file. Before anybody is kept off, as a block that it is reading may take its time.
            let hold = try await lanes.onLooking { () throws(CacheError) in parts.scrubbed.hold() }
            defer { withExtendedLifetime(hold) {} }
            removed = try await lanes.onFiles { () throws(CacheError) in
                try parts.layout.exclusively { () throws(CacheError) in
                    var now = before
                    try parts.remove(batch, &now, judge)
                    return now
                }
            }
        }
        return removed
    }

    /// What a removal came to.
    struct Removed: Sendable {
        var use: CacheUse
        var notes: [RemovalNote] = []
        /// What stayed, by name, although by what was known before it might have gone.
        var stayed: [String: KeepReason] = [:]

        /// How many stayed, by the reason.
        var kept: [KeepReason: Int] { stayed.values.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
    }

    /// Exclusively: no look-up, here or on another host, can find a file and renew it between the last look and the removal.
    private func remove(
        _ batch: [CandidateList.Candidate],
        _ removed: inout Removed,
        _ judge: @escaping @Sendable (RemovalRule, CachedFile) -> FileVerdict
    ) throws(CacheError) {
        let listing = try CacheListing(layout, state)
        var files: [CachedFile] = []
        var reasons: [String: CandidateList.Candidate] = [:]
        for candidate in batch {
            guard let file = try listing.file(candidate.name) else { continue }
            files.append(file)
            reasons[candidate.name] = candidate
        }
        // Here, where they are read: nobody opens one of them between this and the kernel's word that nobody has it open.
        given.close(Set(files.map(\.status.id)))
        let remover = FileRemover(layout: layout, state: state, scanner: scanner, locks: locks)
        var notes: [RemovalNote] = []
        var use = removed.use
        let outcomes = try remover.remove(files, &use) { file, use in
            var file = file
            if let id = file.imageID { file.record = state[id] }
            return judge(rule(use), file)
        } removing: { file throws(CacheError) in
            guard let candidate = reasons[file.name] else { return }
            try take(away: file, candidate, &notes)
        }
        removed.use = use
        for (file, outcome) in zip(files, outcomes) { note(outcome, on: file, &removed) }
        guard !notes.isEmpty else { return }
        try layout.base.sync()
        removed.notes += notes
        for note in notes { metrics.note(note) }
        try removals.add(notes)
    }

    private func take(
        away file: CachedFile,
        _ candidate: CandidateList.Candidate,
        _ notes: inout [RemovalNote]
    ) throws(CacheError) {
        if candidate.reason == .damaged {
            try Quarantine(layout: layout).take(file.name)
        } else {
            // The file first: a record without a file is dropped at the next start, the reverse would look like Nova's.
            guard try layout.base.remove(file.name) else { return }
        }
        if let record = file.record { try RecordShelf(layout: layout).drop(record.image.id, in: state) }
        if file.kind == .image { try locks.removeOwn(file.name) }
        let note = RemovalNote(
            name: file.name,
            imageID: file.imageID,
            diskBytes: file.status.diskBytes,
            reason: candidate.reason,
            lastUsedAtMicroseconds: candidate.since,
            atMicroseconds: ImageCache.now()
        )
        notes.append(note)
        logger.notice(
            candidate.reason == .damaged ? "moved a damaged file to quarantine" : "removed a cached file",
            metadata: [
                "file": "\(file.name)", "image": "\(file.imageID?.text ?? "")",
                "reason": "\(candidate.reason.rawValue)", "bytes": "\(file.status.diskBytes)",
            ]
        )
    }

    private func note(_ outcome: FileRemover.Outcome, on file: CachedFile, _ removed: inout Removed) {
        guard case .kept(let reason, let detail) = outcome else { return }
        removed.stayed[file.name] = reason
        logger.info(
            "a cached file stays after all",
            metadata: ["file": "\(file.name)", "reason": "\(reason.rawValue)", "detail": "\(detail ?? "")"]
        )
    }
}

/// Files that may go, in few bytes each.
struct CandidateList {
    /// One of them.
    struct Candidate {
        var name: String
        var since: Int64
        var diskBytes: Int64
        var reason: RemovalReason
    }

    private(set) var candidates: [Candidate] = []
    private(set) var diskBytes: Int64 = 0

    mutating func add(_ file: CachedFile, since: Int64, _ reason: RemovalReason) {
        let reason = file.record?.image.isDamaged == true ? .damaged : reason
        candidates.append(
            Candidate(name: file.name, since: since, diskBytes: file.status.diskBytes, reason: reason)
        )
        diskBytes += file.status.diskBytes
    }

    /// The oldest ones, as many as have so many bytes together; all if they have fewer.
    mutating func takeOldest(bytes: Int64) -> [Candidate] {
        candidates.sort { ($0.since, $0.name) < ($1.since, $1.name) }
        var (sum, count): (Int64, Int) = (0, 0)
        while sum < bytes, count < candidates.count {
            sum += candidates[count].diskBytes
            count += 1
        }
        return Array(candidates.prefix(count))
    }
}
