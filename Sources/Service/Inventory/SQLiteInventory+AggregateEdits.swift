internal import GRDB
package import PrecacheModel

// Aggregates as Nova's API changes them: what is there already, or isn't, is refused, and a host is in one availability
// zone at most (`is_safe_to_update_az` in nova/compute/api.py). Everything is checked before anything is changed.
extension SQLiteInventory {
    /// All aggregates in the order of their numbers, with their hosts: two statements, however many there are.
    package func allAggregates() async throws(StoreError) -> [AggregateRecord] {
        try await database.read { database in
            let members = try AggregateRows.allHosts(database)
            return try AggregateRows.all(database).map { $0.record(hosts: members[$0.id] ?? []) }
        }
    }

    /// One aggregate by its number; nil if there is none.
    package func aggregate(id: Int64) async throws(StoreError) -> AggregateRecord? {
        try await database.read { database in
            try AggregateRows.find(database, id: id).map { bare in
                bare.record(hosts: try AggregateRows.hosts(database, id: id))
            }
        }
    }

    /// Adds an aggregate whose name is not taken.
    package func createAggregate(
        _ entry: AggregateEntry
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal> {
        let now = clock()
        return try await database.write { database, _ in
            guard try AggregateRows.find(database, entry.name) == nil else {
                return .failure(.nameTaken(entry.name))
            }
            return try Self.reread(database, try AggregateRows.insert(database, entry, at: now))
        }
    }

    /// Changes an aggregate's entry; its time of the last change becomes now, also if nothing differs.
    package func editAggregate(
        _ id: Int64,
        _ edit: AggregateEdit
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal> {
        let now = clock()
        return try await database.write { database, _ in
            guard let old = try AggregateRows.find(database, id: id) else { return .failure(.noAggregate) }
            var entry = old.entry
            if let name = edit.name, name != entry.name {
                guard try AggregateRows.find(database, name) == nil else {
                    return .failure(.nameTaken(name))
                }
                entry.name = name
            }
            switch edit.zone {
            case .keep: break
            case .empty: return .failure(.emptyZone(entry.name))
            case .set(let zone):
                let others = try ZoneRows.othersOfMembers(database, aggregate: id, zone: zone)
                guard others.isEmpty else { return .failure(.zoneConflict(others)) }
                entry.availabilityZone = zone
            }
            for (key, value) in edit.metadata { entry.metadata[key] = value }
            // Never the time of its making, which stands for "never changed".
            let moment = max(now, old.createdAt + .microseconds(1))
            try AggregateRows.update(database, id: id, entry, at: moment)
            return try Self.reread(database, id)
        }
    }

    /// Removes an aggregate that has no hosts.
    package func deleteEmptyAggregate(
        _ id: Int64
    ) async throws(StoreError) -> Result<AggregateName, AggregateRefusal> {
        try await database.write { database, _ in
            guard let old = try AggregateRows.find(database, id: id) else { return .failure(.noAggregate) }
            guard try AggregateRows.hosts(database, id: id).isEmpty else { return .failure(.notEmpty) }
            try AggregateRows.delete(database, id: id)
            return .success(old.entry.name)
        }
    }

    /// Makes a host a member that wasn't one.
    package func admitMember(
        _ host: HostName,
        to id: Int64
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal> {
        let now = clock()
        return try await database.write { database, _ in
            guard let hostID = try HostRows.id(database, host) else { return .failure(.noHost) }
            guard let old = try AggregateRows.find(database, id: id) else { return .failure(.noAggregate) }
            if let zone = old.entry.availabilityZone {
                let others = try ZoneRows.others(database, host: hostID, aggregate: id, zone: zone)
                guard others.isEmpty else { return .failure(.zoneConflict(others)) }
            }
            guard try AggregateRows.add(database, id: id, host: hostID) else {
                return .failure(.alreadyMember)
            }
            try AggregateRows.touch(database, id: id, at: now)
            return try Self.reread(database, id)
        }
    }

    /// Ends a membership.
    package func dismissMember(
        _ host: HostName,
        from id: Int64
    ) async throws(StoreError) -> Result<AggregateRecord, AggregateRefusal> {
        let now = clock()
        return try await database.write { database, _ in
            guard let hostID = try HostRows.id(database, host) else { return .failure(.noHost) }
            guard try AggregateRows.find(database, id: id) != nil else { return .failure(.noAggregate) }
            guard try AggregateRows.remove(database, id: id, host: hostID) else {
                return .failure(.notMember)
            }
            try AggregateRows.touch(database, id: id, at: now)
            return try Self.reread(database, id)
        }
    }

    private static func reread(
        _ database: Database,
        _ id: Int64
    ) throws -> Result<AggregateRecord, AggregateRefusal> {
        guard let bare = try AggregateRows.find(database, id: id) else { return .failure(.noAggregate) }
        return .success(bare.record(hosts: try AggregateRows.hosts(database, id: id)))
    }
}
