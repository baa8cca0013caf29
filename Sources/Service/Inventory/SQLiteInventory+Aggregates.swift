internal import GRDB
package import PrecacheModel

extension SQLiteInventory {
    /// The aggregates in the order of their names, with their hosts.
    ///
    /// Throws `badCursor`.
    package func aggregates(_ page: PageRequest) async throws(StoreError) -> Page<AggregateRecord> {
        let after = try Self.text(page.after, of: "aggregates")
        let found = try await database.read { database in
            let found = try AggregateRows.page(database, after: after, limit: page.limit + 1)
            let members = try AggregateRows.hosts(database, ids: found.map(\.id))
            return found.map { $0.record(hosts: members[$0.id] ?? []) }
        }
        return Self.page(found, limit: page.limit, kind: "aggregates") { $0.name.text }
    }

    /// One aggregate by number or, where no aggregate has that number, by name; nil if there is none.
    package func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord? {
        try await database.read { database in
            try AggregateRows.find(database, key).map { bare in
                bare.record(hosts: try AggregateRows.hosts(database, id: bare.id))
            }
        }
    }

    /// Adds the aggregate, or makes its entry this one; its hosts stay.
    package func putAggregate(
        _ entry: AggregateEntry
    ) async throws(StoreError) -> (aggregate: AggregateRecord, isNew: Bool) {
        let now = clock()
        return try await database.write { database, _ in
            let old = try AggregateRows.find(database, entry.name)
            if let old, old.entry != entry {
                try AggregateRows.update(database, id: old.id, entry, at: now)
            } else if old == nil {
                _ = try AggregateRows.insert(database, entry, at: now)
            }
            return (try Self.record(database, entry.name), old == nil)
        }
    }

    /// Removes the aggregate; its hosts and its jobs stay.
    ///
    /// Throws `notFound`.
    package func deleteAggregate(_ key: AggregateKey) async throws(StoreError) {
        try await database.write { database, _ in
            guard let old = try AggregateRows.find(database, key) else {
                throw StoreError.notFound("aggregate", key.text)
            }
            try AggregateRows.delete(database, id: old.id)
        }
    }

    /// Makes the host a member; one that is a member already stays one.
    ///
    /// Throws `notFound` with subject `aggregate` or `host`.
    package func addMember(
        _ host: HostName,
        to key: AggregateKey
    ) async throws(StoreError) -> AggregateRecord {
        let now = clock()
        return try await database.write { database, _ in
            guard let bare = try AggregateRows.find(database, key) else {
                throw StoreError.notFound("aggregate", key.text)
            }
            guard let hostID = try HostRows.id(database, host) else {
                throw StoreError.notFound("host", host.text)
            }
            if try AggregateRows.add(database, id: bare.id, host: hostID) {
                try AggregateRows.touch(database, id: bare.id, at: now)
            }
            return try Self.record(database, bare.entry.name)
        }
    }

    /// Ends the host's membership.
    ///
    /// Throws `notFound` with subject `aggregate` or `member`.
    package func removeMember(
        _ host: HostName,
        from key: AggregateKey
    ) async throws(StoreError) -> AggregateRecord {
        let now = clock()
        return try await database.write { database, _ in
            guard let bare = try AggregateRows.find(database, key) else {
                throw StoreError.notFound("aggregate", key.text)
            }
            guard let hostID = try HostRows.id(database, host),
                try AggregateRows.remove(database, id: bare.id, host: hostID)
            else { throw StoreError.notFound("member", host.text) }
            try AggregateRows.touch(database, id: bare.id, at: now)
            return try Self.record(database, bare.entry.name)
        }
    }

    private static func record(_ database: Database, _ name: AggregateName) throws -> AggregateRecord {
        guard let bare = try AggregateRows.find(database, name) else {
            throw StoreError.notFound("aggregate", name.text)
        }
        return bare.record(hosts: try AggregateRows.hosts(database, id: bare.id))
    }
}
