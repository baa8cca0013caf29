package import PrecacheModel

extension StoredInventory {
    /// The aggregates in the order of their names, with their hosts.
    ///
    /// Throws `badCursor`.
    package func aggregates(_ page: PageRequest) async throws(StoreError) -> Page<AggregateRecord> {
        let after = try Cursors.text(page.after, of: "aggregates")
        let found = try await engine.read { database in
            let found = try AggregateRows.page(database, after: after, limit: page.limit + 1)
            let members = try AggregateRows.hosts(database, ids: found.map(\.id))
            return found.map { $0.record(hosts: members[$0.id] ?? []) }
        }
        return Cursors.page(found, limit: page.limit, kind: "aggregates") { $0.name.text }
    }

    /// All aggregates in the order of their numbers, with their hosts: two statements, however many there are.
    package func allAggregates() async throws(StoreError) -> [AggregateRecord] {
        try await engine.read { database in
            let members = try AggregateRows.allHosts(database)
            return try AggregateRows.all(database).map { $0.record(hosts: members[$0.id] ?? []) }
        }
    }

    /// One aggregate; nil if there is none.
    package func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord? {
        try await engine.read { database in
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
        return try await change { database, _ in
            guard let old = try AggregateRows.find(database, entry.name) else {
                let id = try AggregateRows.insert(database, entry, at: now)
                return (try Self.reread(database, id), true)
            }
            if old.entry != entry { try AggregateRows.update(database, id: old.id, entry, at: now) }
            return (try Self.reread(database, old.id), false)
        }
    }

    /// Adds an aggregate whose name is not taken; refuses `nameTaken`.
    package func createAggregate(_ entry: AggregateEntry) async throws(StoreError) -> AggregateRecord {
        let now = clock()
        return try await change { database, _ in
            try Self.checkFree(entry.name, in: database)
            return try Self.reread(database, try AggregateRows.insert(database, entry, at: now))
        }
    }

    /// Changes an aggregate's entry; its time of the last change becomes now, also if nothing differs.
    ///
    /// Throws `notFound`; refuses `nameTaken`, `emptyZone`, `zoneConflict`.
    package func editAggregate(
        _ key: AggregateKey,
        _ edit: AggregateEdit
    ) async throws(StoreError) -> AggregateRecord {
        let now = clock()
        return try await change { database, _ in
            let old = try Self.existing(key, in: database)
            var entry = old.entry
            if let name = edit.name, name != entry.name {
                try Self.checkFree(name, in: database)
                entry.name = name
            }
            switch edit.zone {
            case .keep: break
            case .empty: throw StoreError.refused(.emptyZone(entry.name))
            case .set(let zone):
                let others = try ZoneRows.othersOfMembers(database, aggregate: old.id, zone: zone)
                guard others.isEmpty else { throw StoreError.refused(.zoneConflict(others)) }
                entry.availabilityZone = zone
            }
            for (key, value) in edit.metadata { entry.metadata[key] = value }
            // Never the time of its making, which stands for "never changed".
            let moment = max(now, old.createdAt + .microseconds(1))
            try AggregateRows.update(database, id: old.id, entry, at: moment)
            return try Self.reread(database, old.id)
        }
    }

    /// Removes the aggregate, or refuses `notEmpty`; its hosts and its jobs stay.
    ///
    /// Throws `notFound`.
    ///
    /// - Returns: Its name.
    @discardableResult
    package func deleteAggregate(
        _ key: AggregateKey,
        onlyIfEmpty: Bool
    ) async throws(StoreError) -> AggregateName {
        try await change { database, _ in
            let old = try Self.existing(key, in: database)
            if onlyIfEmpty, try !AggregateRows.hosts(database, id: old.id).isEmpty {
                throw StoreError.refused(.notEmpty)
            }
            try AggregateRows.delete(database, id: old.id)
            return old.entry.name
        }
    }

    /// Makes the host a member.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - key: The aggregate.
    ///   - isStrict: Whether a host that is a member already is refused (`alreadyMember`), and one that is in another
    ///     availability zone by another aggregate (`zoneConflict`; `is_safe_to_update_az` in nova/compute/api.py). A host
    ///     that isn't there is told before an aggregate that isn't, as Nova does.
    /// - Returns: The aggregate as it is now.
    /// - Throws: `notFound` with subject `aggregate` or `host`, and what is refused.
    package func addMember(
        _ host: HostName,
        to key: AggregateKey,
        isStrict: Bool
    ) async throws(StoreError) -> AggregateRecord {
        let now = clock()
        return try await change { database, _ in
            let known = try HostRows.id(database, host)
            if isStrict, known == nil { throw StoreError.notFound("host", host.text) }
            let aggregate = try Self.existing(key, in: database)
            guard let hostID = known else { throw StoreError.notFound("host", host.text) }
            if isStrict, let zone = aggregate.entry.availabilityZone {
                let others = try ZoneRows.others(database, host: hostID, aggregate: aggregate.id, zone: zone)
                guard others.isEmpty else { throw StoreError.refused(.zoneConflict(others)) }
            }
            if try AggregateRows.add(database, id: aggregate.id, host: hostID) {
                try AggregateRows.touch(database, id: aggregate.id, at: now)
            } else if isStrict {
                throw StoreError.refused(.alreadyMember)
            }
            return try Self.reread(database, aggregate.id)
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
        return try await change { database, _ in
            let aggregate = try Self.existing(key, in: database)
            guard let hostID = try HostRows.id(database, host),
                try AggregateRows.remove(database, id: aggregate.id, host: hostID)
            else { throw StoreError.notFound("member", host.text) }
            try AggregateRows.touch(database, id: aggregate.id, at: now)
            return try Self.reread(database, aggregate.id)
        }
    }

    private static func existing(
        _ key: AggregateKey,
        in database: any StoreConnection
    ) throws -> AggregateRows.Bare {
        guard let found = try AggregateRows.find(database, key) else {
            throw StoreError.notFound("aggregate", key.text)
        }
        return found
    }

    private static func checkFree(_ name: AggregateName, in database: any StoreConnection) throws {
        if try AggregateRows.find(database, name) != nil { throw StoreError.refused(.nameTaken(name)) }
    }

    private static func reread(_ database: any StoreConnection, _ id: Int64) throws -> AggregateRecord {
        try existing(AggregateKey(id: id), in: database)
            .record(hosts: try AggregateRows.hosts(database, id: id))
    }
}
