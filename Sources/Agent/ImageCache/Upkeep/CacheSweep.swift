import InstanceUsage

/// One sweep: who uses what, renew what is in use, remove what is old, keep to the limit.
struct CacheSweep {
    let parts: UpkeepParts

    /// Sweeps.
    ///
    /// - Parameter dryRun: Whether only to look and tell.
    /// - Returns: What it came to, also when it failed in its middle.
    func run(dryRun: Bool) async -> SweepSummary {
        let start = ContinuousClock.now
        var summary = SweepSummary(at: ImageCache.now(), isDryRun: dryRun)
        do throws(CacheError) {
            let use = try await parts.look()
            summary.count(use)
            let (before, parts) = (summary, parts)
            let found = try await parts.lanes.onLooking { () throws(CacheError) in
                try Finding(parts, use, before).gather()
            }
            summary = found.summary
            if dryRun {
                summary.removed = found.going.count
                summary.removedBytes = found.going.reduce(0) { $0 + $1.diskBytes }
                summary.candidates = found.going.prefix(1_000).map(\.name)
            } else {
                // Each by the rule that found it: what was renewed meanwhile isn't old any more.
                let old = try await parts.remove(found.going.filter { $0.reason != .limit }, use) {
                    $0.verdict(on: $1)
                }
                summary.count(old)
                let more = try await parts.remove(found.going.filter { $0.reason == .limit }, old.use) {
                    $0.verdictForRoom(on: $1)
                }
                summary.count(more)
            }
        } catch {
            summary.failure = error.description
        }
        summary.duration = ContinuousClock.now - start
        return summary
    }
}

extension SweepSummary {
    fileprivate mutating func count(_ part: UpkeepParts.Removed) {
        removed += part.notes.count
        removedBytes += part.notes.reduce(0) { $0 + $1.diskBytes }
        kept.merge(part.kept) { $0 + $1 }
        stayed.merge(part.stayed) { $1 }
    }
}

extension CacheSweep {
    /// One look at the cache directory.
    fileprivate struct Finding: Sendable {
        var summary: SweepSummary
        var going: [CandidateList.Candidate] = []
        private let parts: UpkeepParts
        private let use: CacheUse
        private var renewal: FileRenewal

        init(_ parts: UpkeepParts, _ use: CacheUse, _ summary: SweepSummary) {
            self.parts = parts
            self.summary = summary
            self.use = use
            renewal = FileRenewal(parts)
        }

        func gather() throws(CacheError) -> Finding {
            var finding = self
            try finding.look()
            return finding
        }

        private mutating func look() throws(CacheError) {
            var (old, young) = (CandidateList(), CandidateList())
            let listing = try CacheListing(parts.layout, parts.state)
            let rule = parts.rule(use)
            let count = try listing.each { file throws(CacheError) in
                summary.files += 1
                summary.diskBytes += file.status.diskBytes
                switch rule.verdict(on: file) {
                case .mayGo(let since):
                    old.add(file, since: since, rule.isUnwanted(file) ? .unwanted : .unused)
                case .stays(let reason, _):
                    summary.kept[reason, default: 0] += 1
                    if [.inUse, .pinned, .leased].contains(reason) {
                        try renew(file, isUsed: reason == .inUse)
                    }
                    guard parts.configuration.maximumBytes != nil,
                        case .mayGo(let since) = rule.verdictForRoom(on: file)
                    else { return }
                    young.add(file, since: since, .limit)
                }
            }
            summary.unknown = count.unknown + count.odd
            going = old.candidates
            guard let maximum = parts.configuration.maximumBytes else { return }
            let surplus = summary.diskBytes - old.diskBytes - maximum
            if surplus > 0 { going += young.takeOldest(bytes: surplus) }
        }

        private mutating func renew(_ file: CachedFile, isUsed: Bool) throws(CacheError) {
            guard !summary.isDryRun, file.record != nil || parts.configuration.agesNovaFiles else { return }
            summary.renewed += 1
            try renewal.renew(file, isUsed: isUsed)
        }
    }
}

/// What one sweep came to.
package struct SweepSummary: Hashable, Sendable {
    /// When it began: microseconds since 1970, UTC.
    package var atMicroseconds: Int64
    /// How long it took.
    package var duration: Duration = .zero
    /// Whether it only looked.
    package var isDryRun: Bool
    /// Files that are recognised.
    package var files = 0
    /// What they take on the disk.
    package var diskBytes: Int64 = 0
    /// Entries of the directory that are left alone, whatever they are.
    package var unknown = 0
    /// Files that stay, by the reason.
    package var kept: [KeepReason: Int] = [:]
    /// Those of them that might have gone by age and by what was known of them; the last look at each said otherwise.
    var stayed: [String: KeepReason] = [:]
    /// Files that were renewed for being in use, pinned or leased.
    package var renewed = 0
    /// Files that were removed, or would have been.
    package var removed = 0
    /// What that freed, or would have.
    package var removedBytes: Int64 = 0
    /// The first 1,000 of those that would have been removed; empty unless it only looked.
    package var candidates: [String] = []
    /// Instances' disks that were looked into.
    package var disks = 0
    /// Headers read for that, backing files' included.
    package var headersRead = 0
    /// Bytes read of them.
    package var headerBytes = 0
    /// Disks and folders that couldn't be looked into: with any, nothing is removed.
    package var problems = 0
    /// The first of them, for people.
    package var problemExamples: [String] = []
    /// Why it isn't known of all processes what they have open; nil if it is.
    package var processGap: String?
    /// What stopped the sweep; nil if it went through.
    package var failure: String?

    init(at: Int64, isDryRun: Bool) {
        atMicroseconds = at
        self.isDryRun = isDryRun
    }

    mutating func count(_ use: CacheUse) {
        disks = use.instances.disks
        headersRead = use.instances.headersRead
        headerBytes = use.instances.bytesRead
        problems = use.instances.problems.count
        problemExamples = use.instances.problems.examples
        processGap = use.processes.gap
    }
}
