import InstanceUsage
import PrecacheModel

extension CacheUpkeep {
    /// A page of what there is to know of the cache, by the names of its files.
    ///
    /// - Parameters:
    ///   - after: The name to go on after; nil for the first page, which also has the totals and removals.
    ///   - limit: At most so many files.
    /// - Returns: The page.
    /// - Throws: ``CacheError`` if the directory can't be read.
    package func page(after: String?, limit: Int) async throws(CacheError) -> CachePage {
        let use = try await look()
        let (parts, instances, sweep) = (parts, cache.configuration.instances, lastSweep)
        return try await parts.lanes.onLooking { () throws(CacheError) in
            var page = CachePage(
                directory: parts.layout.base.path,
                instances: instances,
                space: try parts.layout.base.space(),
                configuration: parts.configuration,
                lookedAtMicroseconds: use.at,
                gap: use.gap,
                processGap: use.processes.gap,
                lastSweep: sweep
            )
            let listing = try CacheListing(parts.layout, parts.state)
            let rule = parts.rule(use)
            var names: [String] = []
            var totals = CacheTotals()
            let count = try listing.each { file throws(CacheError) in
                totals.count(file, rule)
                if file.name > after ?? "" { names.append(file.name) }
            }
            if after == nil {
                totals.unknown = count.unknown + count.odd
                totals.quarantined = try Quarantine(layout: parts.layout).count()
                page.totals = totals
                page.removals = parts.removals.latest
            }
            names.sort()
            for name in names.prefix(limit) {
                guard let file = try listing.file(name) else { continue }
                let isUnchanged =
                    file.record.map { parts.state.isUnchanged($0, file.status.attributes) } ?? true
                page.files.append(
                    CacheFileReport(file, rule, isUnchanged: isUnchanged, stayed: sweep?.stayed[name])
                )
            }
            if names.count > limit { page.next = names[limit - 1] }
            return page
        }
    }

    /// Files found damaged: those still there since they are in use, and those in quarantine.
    package func damagedFiles() async throws(CacheError) -> Int {
        let (layout, state) = (parts.layout, parts.state)
        return try await parts.lanes.onFiles { () throws(CacheError) in
            try Quarantine(layout: layout).count() + state.records.count { $0.image.isDamaged }
        }
    }
}

extension CacheTotals {
    fileprivate mutating func count(_ file: CachedFile, _ rule: RemovalRule) {
        files += 1
        bytes += file.status.attributes.sizeBytes
        diskBytes += file.status.diskBytes
        if rule.usage.isUsed(file) { inUse += 1 }
        if rule.leases.term(of: file.name) != nil { leased += 1 }
        if let image = file.record?.image {
            if image.pin?.holds(at: rule.now) == true { pinned += 1 }
            if image.isDamaged { damaged += 1 }
        }
    }
}
