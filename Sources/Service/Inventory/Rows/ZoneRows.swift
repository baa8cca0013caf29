internal import GRDB

/// SQL about the availability zones that aggregates make.
enum ZoneRows {
    /// The zones that each host is in, each once, sorted; hosts in none are left out.
    static func byHost(_ database: Database) throws -> [Int64: [String]] {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT DISTINCT m.host_id, a.availability_zone FROM aggregate a
                JOIN aggregate_host m ON m.aggregate_id = a.id
                WHERE a.availability_zone IS NOT NULL ORDER BY m.host_id, a.availability_zone
                """
        )
        var zones: [Int64: [String]] = [:]
        while let row = try rows.next() { zones[row[0], default: []].append(row[1]) }
        return zones
    }

    /// The zones, other than `zone`, of other aggregates that hosts of this one are in: one for each such aggregate.
    static func othersOfMembers(_ database: Database, aggregate: Int64, zone: String) throws -> [String] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT availability_zone FROM aggregate
                WHERE id <> ?1 AND availability_zone <> ?2 AND id IN (
                    SELECT other.aggregate_id FROM aggregate_host mine
                    JOIN aggregate_host other ON other.host_id = mine.host_id WHERE mine.aggregate_id = ?1)
                ORDER BY id
                """
        )
        return try String.fetchAll(statement, arguments: [aggregate, zone])
    }

    /// The zones, other than `zone`, of other aggregates that a host is in: one for each such aggregate.
    static func others(
        _ database: Database,
        host: Int64,
        aggregate: Int64,
        zone: String
    ) throws -> [String] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT availability_zone FROM aggregate
                WHERE id <> ?1 AND availability_zone <> ?2
                    AND id IN (SELECT aggregate_id FROM aggregate_host WHERE host_id = ?3)
                ORDER BY id
                """
        )
        return try String.fetchAll(statement, arguments: [aggregate, zone, host])
    }
}
