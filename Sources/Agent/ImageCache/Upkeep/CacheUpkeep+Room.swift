import InstanceUsage

extension CacheUpkeep: RoomMaker {
    /// See ``RoomMaker``; what lies in quarantine goes first, and what is given to others but has no name any more.
    package func makeRoom(bytes: Int64) async throws(CacheError) -> Int64 {
        let (layout, given) = (parts.layout, parts.given)
        var freed = try await parts.lanes.onFiles { () throws(CacheError) in
            try Quarantine(layout: layout).clear() + given.closeNameless()
        }
        guard freed < bytes else { return freed }
        // Whoever asks for room has just asked what there is to evict, and was told by a new look.
        let use = try await look()
        var list = try await evictable(use)
        let going = list.takeOldest(bytes: Int64.max)
        // A few at a time: each batch is as small as what is still missing allows.
        var rest = going[...]
        while freed < bytes, !rest.isEmpty, !Task.isCancelled {
            var (batch, sum): ([CandidateList.Candidate], Int64) = ([], 0)
            while sum < bytes - freed, batch.count < FileRemover.batch, let next = rest.popFirst() {
                batch.append(next)
                sum += next.diskBytes
            }
            let removed = try await parts.remove(batch, use) { $0.verdictForRoom(on: $1) }
            freed += removed.notes.reduce(0) { $0 + $1.diskBytes }
        }
        return freed
    }

    package func checkReplaceable(_ file: String) async throws(CacheError) {
        let (layout, state) = (parts.layout, parts.state)
        let there = try await parts.lanes.onFiles { () throws(CacheError) in
            try CacheListing(layout, state).file(file)
        }
        guard let there else { return }
        // Processes that have it open and other names of it go on with the bytes that they know.
        let use = try await lookAnew()
        let users = use.disks(on: there).names
        guard users.isEmpty else {
            let names = users.joined(separator: ", ")
            throw CacheError(.inUse, "disks stand on other bytes under the name \(file): \(names)")
        }
        if let gap = use.gap {
            throw CacheError(
                .inUse,
                "it can't be told whether disks stand on what has the name \(file): \(gap)"
            )
        }
    }

    package func evictableBytes() async -> Int64 {
        guard let use = try? await lookAnew(), let list = try? await evictable(use) else { return 0 }
        let (layout, given) = (parts.layout, parts.given)
        let more = try? await parts.lanes.onFiles { () throws(CacheError) in
            try Quarantine(layout: layout).diskBytes() + given.namelessBytes
        }
        return list.diskBytes + (more ?? 0)
    }

    private func evictable(_ use: CacheUse) async throws(CacheError) -> CandidateList {
        let parts = parts
        return try await parts.lanes.onLooking { () throws(CacheError) in
            var list = CandidateList()
            let listing = try CacheListing(parts.layout, parts.state)
            let rule = parts.rule(use)
            _ = try listing.each { file throws(CacheError) in
                if case .mayGo(let since) = rule.verdictForRoom(on: file) {
                    list.add(file, since: since, .room)
                }
            }
            return list
        }
    }
}
