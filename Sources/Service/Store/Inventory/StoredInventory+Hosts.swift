package import PrecacheModel

extension StoredInventory {
    /// The hosts in the order of their names, with their last heartbeats but without those heartbeats' images.
    ///
    /// Throws `badCursor`.
    package func hosts(
        _ page: PageRequest,
        where filter: HostFilter = HostFilter()
    ) async throws(StoreError) -> Page<HostRecord> {
        var after = try Cursors.text(page.after, of: "hosts")
        let now = clock()
        let wanted = page.limit + 1
        // What a host's state is follows from memory, so hosts are read in parts until enough are wanted ones.
        let part = filter.isEmpty ? wanted : max(wanted, PageRequest.maximumLimit)
        var found: [HostRecord] = []
        repeat {
            let (from, limit) = (after, part)
            let read = try await engine.read { try HostRows.page($0, after: from, limit: limit) }
            found += read.map(withNewestHeartbeat).filter { filter.admits($0, now: now) }
            guard read.count == part, let last = read.last else { break }
            after = last.name.text
        } while found.count < wanted
        return Cursors.page(found, limit: page.limit, kind: "hosts") { $0.name.text }
    }

    /// One host, with what its cache holds; nil if there is none of this name.
    package func host(_ name: HostName) async throws(StoreError) -> HostRecord? {
        let found = try await engine.read { database -> (HostRecord, [HeartbeatImage])? in
            guard let host = try HostRows.find(database, name) else { return nil }
            return (host, try HeartbeatRows.images(database, hostID: host.id))
        }
        guard let found else { return nil }
        var host = withNewestHeartbeat(found.0)
        let isOwn = book.newest(of: host.id, stored: found.0.lastHeartbeat?.receivedAt) != nil
        host.lastHeartbeat?.images = (isOwn ? book.unwrittenImages(of: host.id) : nil) ?? found.1
        return host
    }

    /// The aggregates that a host is in, by name.
    package func aggregates(of host: HostName) async throws(StoreError) -> [AggregateName] {
        try await engine.read { database in
            try database.all(
                """
                SELECT a.name FROM host h \(database.dialect.ordered) aggregate_host m ON m.host_id = h.id
                \(database.dialect.ordered) aggregate a ON a.id = m.aggregate_id
                WHERE h.name = ?1 ORDER BY a.name
                """,
                [host.text]
            ) { try Stored.aggregateName($0[0]) }
        }
    }

    /// Every host as Nova's API shows it, in the order of their numbers: two statements, however many there are.
    package func computeHosts() async throws(StoreError) -> [ComputeHost] {
        let found = try await engine.read { database in
            let zones = try ZoneRows.byHost(database)
            return try HostRows.compute(database).map { row in
                ComputeHost(
                    host: row.host,
                    serviceUUID: row.serviceUUID,
                    hypervisorUUID: row.hypervisorUUID,
                    zones: zones[row.host.id] ?? []
                )
            }
        }
        return found.map { host in
            var host = host
            host.host = withNewestHeartbeat(host.host)
            return host
        }
    }

    /// Adds the host, or makes its entry this one; heartbeat and membership stay.
    ///
    /// An entry that is there already changes nothing, not even the time of the last change.
    package func putHost(_ entry: HostEntry) async throws(StoreError) -> (host: HostRecord, isNew: Bool) {
        let now = clock()
        let (host, isNew) = try await change { database, _ in
            let labels = try JSONText.encode(entry.labels)
            guard var old = try HostRows.find(database, entry.name) else {
                let id = try HostRows.insert(database, entry, labels: labels, at: now)
                return (HostRecord(id: id, entry: entry, createdAt: now, updatedAt: now), true)
            }
            if old.entry != entry {
                try HostRows.update(database, id: old.id, entry, labels: labels, at: now)
                if !old.entry.isEnabled, entry.isEnabled { old.isOut = nil }
                old.entry = entry
                old.updatedAt = now
            }
            return (old, false)
        }
        return (withNewestHeartbeat(host), isNew)
    }

    /// Removes the host, also from its aggregates.
    ///
    /// Jobs that it takes part in keep its name; its number is never used again. Throws `notFound`.
    package func deleteHost(_ name: HostName) async throws(StoreError) {
        let now = clock()
        try await change { [book] database, after in
            guard let id = try HostRows.id(database, name) else {
                throw StoreError.notFound("host", name.text)
            }
            try AggregateRows.touchAll(database, host: id, at: now)
            try HostRows.delete(database, id: id)
            after.perform { book.forget([(id, name)]) }
        }
    }

    /// The host with its newest heartbeat, without images.
    private func withNewestHeartbeat(_ host: HostRecord) -> HostRecord {
        var host = host
        if let newest = book.newest(of: host.id, stored: host.lastHeartbeat?.receivedAt) {
            host.lastHeartbeat = newest
        }
        return host
    }
}
