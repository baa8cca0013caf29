import InstanceUsage
package import PrecacheModel

extension CacheUpkeep {
    /// Removes an image that somebody asked to be removed, whatever its age and pin, unless it is in use.
    ///
    /// - Throws: ``CacheError`` with `inUse` and the users, or with what can't be told; `busy` while it is being written,
    ///   `notFound`, `io`.
    package func remove(_ id: ImageID) async throws(CacheError) {
        let (layout, state) = (parts.layout, parts.state)
        let name = CacheLayout.fileName(of: id)
        let file = try await parts.lanes.onFiles { () throws(CacheError) in
            try CacheListing(layout, state).file(name)
        }
        guard let file else { return try await cache.forget(id) }
        let use = try await parts.look()
        try Self.check(file, use)
        var list = CandidateList()
        list.add(file, since: FileAge.lastUse(of: file, now: ImageCache.now()) ?? 0, .asked)
        let removed = try await parts.remove(list.candidates, use) { rule, file in
            rule.usage.isUsed(file) ? .stays(.inUse) : .mayGo(since: 0)
        }
        guard removed.notes.isEmpty else { return }
        switch removed.kept.keys.first {
        case .busy?: throw CacheError(.busy, "image \(id) is in someone's hands: a download or nova-compute")
        case .inUse?: throw CacheError(.inUse, "image \(id) is in use: a process has it open")
        default:
            throw CacheError(.inUse, "it can't be told whether image \(id) is in use; see the agent's log")
        }
    }

    private static func check(_ file: CachedFile, _ use: CacheUse) throws(CacheError) {
        if use.isUsed(file) {
            var users = use.disks(on: file)
            users.add(use.processes(on: file))
            if file.status.links > 1 { users.add("another name of the file") }
            let more = users.count > users.names.count ? " and \(users.count - users.names.count) more" : ""
            throw CacheError(
                .inUse,
                "\(file.name) is in use by \(users.names.joined(separator: ", "))\(more)"
            )
        }
        if let gap = use.gap {
            throw CacheError(.inUse, "it can't be told whether \(file.name) is in use: \(gap)")
        }
    }
}
