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
    }
}

extension CacheSweep {
    /// One look at the cache directory.
    fileprivate struct Finding: Sendable {
        var summary: SweepSummary
        var going: [CandidateList.Candidate] = []
        private let parts: UpkeepParts
        private let rule: RemovalRule
        private var renewal: Int64?

        init(_ parts: UpkeepParts, _ use: CacheUse, _ summary: SweepSummary) {
            self.parts = parts
            self.summary = summary
            rule = parts.rule(use)
        }

        func gather() throws(CacheError) -> Finding {
            var finding = self
            try finding.look()
            return finding
        }

        private mutating func look() throws(CacheError) {
            var (old, young) = (CandidateList(), CandidateList())
            let count = try CacheListing(parts.layout, parts.state).each { file throws(CacheError) in
                summary.files += 1
                summary.diskBytes += file.status.diskBytes
                switch rule.verdict(on: file) {
                case .mayGo(let since): old.add(file, since: since, .unused)
                case .stays(let reason, _):
                    summary.kept[reason, default: 0] += 1
                    if reason == .inUse || reason == .pinned { try renew(file) }
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

        /// Makes a file's age start anew, as Nova does for what is in use (`imagecache.py`, `_mark_in_use`); Nova itself then
        /// finds a pinned one young, too.
        private mutating func renew(_ file: CachedFile) throws(CacheError) {
            guard !summary.isDryRun, file.record != nil || parts.configuration.agesNovaFiles else { return }
            summary.renewed += 1
            if let record = file.record, !parts.state.isUnchanged(record, file.status.attributes) {
                // Somebody changed it; a time of ours would hide that.
                return try parts.layout.base.renewAge(of: file.name)
            }
            let time: Int64
            if let renewal {
                time = renewal
            } else {
                time = try RenewalBook(layout: parts.layout, state: parts.state).next()
                renewal = time
            }
            try parts.layout.base.renewAge(of: file.name, to: time)
        }
    }
}
