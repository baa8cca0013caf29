package import PrecacheModel

extension CacheUpkeep {
    /// What the service named the leases that this host holds; nil if it holds none, or they have run out.
    package var leasesMark: String? { parts.state.leases(at: ImageCache.now()).own?.set.mark }

    /// Takes what the service says is to be kept here; what is to go goes at once, unless something uses it.
    ///
    /// - Parameter set: The images in place of those before; nil says that those held are right.
    /// - Throws: ``CacheError`` if it can't be written down; it is in force all the same.
    package func take(_ set: LeaseSet?) async throws(CacheError) {
        let shelf = LeaseShelf(layout: parts.layout, state: parts.state)
        defer { if set?.removals.isEmpty == false { sweepSoon() } }
        try await parts.lanes.onFiles { () throws(CacheError) in try shelf.take(set) }
    }
}

extension ImageCache {
    /// Makes sure that an image of this size leaves the leased ones within what they may take, if it is leased.
    ///
    /// What other downloads of leased images are going to take counts, too.
    ///
    /// - Throws: ``CacheError`` with `noSpace`, the figures and who holds the room; `io`.
    func checkLeasedRoom(for id: ImageID, bytes: Int64) async throws(CacheError) {
        guard let bound = configuration.maxLeasedBytes else { return }
        let (layout, state, file) = (layout, state, CacheLayout.fileName(of: id))
        try await lanes.onFiles { () throws(CacheError) in
            state.note(bytes, wantedBy: id)
            let leases = state.leases(at: Self.now())
            guard leases.term(of: file) != nil else { return }
            let coming = state.wantedBytes
            var (held, policies): (Int64, Set<String>) = (0, [])
            for other in leases.files where other != file {
                let there = try layout.base.status(of: other)?.diskBytes ?? 0
                let size = max(there, coming[other] ?? 0)
                guard size > 0 else { continue }
                held = held.addingReportingOverflow(size).overflow ? .max : held + size
                policies.formUnion(leases.term(of: other)?.policies ?? [])
            }
            guard held.addingReportingOverflow(bytes).overflow || held + bytes > bound else { return }
            let names = policies.sorted()
            let more = names.count > Self.namedPolicies ? " and \(names.count - Self.namedPolicies) more" : ""
            let holders =
                names.isEmpty
                ? "no other image holds any of it"
                : "\(held) are held by the policies \(names.prefix(Self.namedPolicies).joined(separator: ", "))\(more)"
            throw CacheError(
                .noSpace,
                "images that policies keep may take \(bound) bytes in \(layout.base.path) (cache.max_leased_bytes): "
                    + "\(bytes) are needed, \(holders)"
            )
        }
    }

    private static let namedPolicies = 8
}
