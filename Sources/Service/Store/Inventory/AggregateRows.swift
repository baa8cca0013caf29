internal import PrecacheModel
import TextForms

/// SQL about aggregates and their members.
enum AggregateRows {
    /// An aggregate without its members.
    struct Bare {
        let id: Int64
        let uuid: String
        let entry: AggregateEntry
        let createdAt: Timestamp
        let updatedAt: Timestamp

        func record(hosts: [HostName]) -> AggregateRecord {
            AggregateRecord(
                id: id,
                uuid: uuid,
                entry: entry,
                hosts: hosts,
                createdAt: createdAt,
                updatedAt: updatedAt
            )
        }
    }

    private static let select = """
        SELECT id, uuid, name, availability_zone, metadata, created_at, updated_at FROM aggregate
        """

    /// A text of digits is a number first; where no aggregate has that number, it is a name.
    static func find(_ database: any StoreConnection, _ key: AggregateKey) throws -> Bare? {
        if let id = key.id, let found = try find(database, id: id) { return found }
        guard let name = key.name else { return nil }
        return try find(database, name)
    }

    static func find(_ database: any StoreConnection, id: Int64) throws -> Bare? {
        try database.first(select + " WHERE id = ?1", [id], bare)
    }

    static func find(_ database: any StoreConnection, _ name: AggregateName) throws -> Bare? {
        try database.first(select + " WHERE name = ?1", [name.text], bare)
    }

    /// Aggregates after a name, by name.
    static func page(_ database: any StoreConnection, after name: String, limit: Int) throws -> [Bare] {
        try database.all(select + " WHERE name > ?1 ORDER BY name LIMIT ?2", [name, limit], bare)
    }

    /// All, by number.
    static func all(_ database: any StoreConnection) throws -> [Bare] {
        try database.all(select + " ORDER BY id", [], bare)
    }

    /// The members' names, sorted.
    static func hosts(_ database: any StoreConnection, id: Int64) throws -> [HostName] {
        let sql = """
            SELECT h.name FROM aggregate_host m JOIN host h ON h.id = m.host_id
            WHERE m.aggregate_id = ?1 ORDER BY h.name
            """
        return try database.all(sql, [id]) { try Stored.hostName($0[0]) }
    }

    /// The members' names, sorted, of every aggregate that has some.
    static func allHosts(_ database: any StoreConnection) throws -> [Int64: [HostName]] {
        try hosts(database, where: "", [])
    }

    /// The members' names, sorted, of those of these aggregates that have some.
    static func hosts(_ database: any StoreConnection, ids: [Int64]) throws -> [Int64: [HostName]] {
        let condition = "WHERE m.aggregate_id \(database.dialect.among("?1"))"
        return try hosts(database, where: condition, [NumberList.text(ids)])
    }

    private static func hosts(
        _ database: any StoreConnection,
        where condition: String,
        _ values: [(any StoreBindable)?]
    ) throws -> [Int64: [HostName]] {
        let sql = """
            SELECT m.aggregate_id, h.name FROM aggregate_host m JOIN host h ON h.id = m.host_id \(condition)
            ORDER BY h.name
            """
        var members: [Int64: [HostName]] = [:]
        // A host that is in many aggregates is checked once for all of them, its names standing together.
        var last: HostName?
        try database.rows(sql, values) { row in
            let text: String = row[1]
            let name = try last.flatMap { $0.text == text ? $0 : nil } ?? Stored.hostName(text)
            last = name
            members[row[0], default: []].append(name)
        }
        return members
    }

    static func insert(
        _ database: any StoreConnection,
        _ entry: AggregateEntry,
        at now: Timestamp
    ) throws -> Int64 {
        let id: Int64? = try database.first(
            """
            INSERT INTO aggregate (uuid, name, availability_zone, metadata, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING id
            """,
            [
                UUIDText.make(), entry.name.text, entry.availabilityZone,
                try JSONText.encode(entry.metadata), now,
            ]
        ) { $0[0] }
        return id ?? 0
    }

    static func update(
        _ database: any StoreConnection,
        id: Int64,
        _ entry: AggregateEntry,
        at now: Timestamp
    ) throws {
        try database.run(
            """
            UPDATE aggregate SET name = ?1, availability_zone = ?2, metadata = ?3, updated_at = ?4 WHERE id = ?5
            """,
            [entry.name.text, entry.availabilityZone, try JSONText.encode(entry.metadata), now, id]
        )
    }

    static func touch(_ database: any StoreConnection, id: Int64, at now: Timestamp) throws {
        try database.run("UPDATE aggregate SET updated_at = ?1 WHERE id = ?2", [now, id])
    }

    /// Notes a change of every aggregate that a host is in.
    static func touchAll(_ database: any StoreConnection, host: Int64, at now: Timestamp) throws {
        try database.run(
            """
            UPDATE aggregate SET updated_at = ?1
            WHERE id IN (SELECT aggregate_id FROM aggregate_host WHERE host_id = ?2)
            """,
            [now, host]
        )
    }

    static func delete(_ database: any StoreConnection, id: Int64) throws {
        try database.run("DELETE FROM aggregate WHERE id = ?1", [id])
    }

    /// Whether the host wasn't a member before.
    static func add(_ database: any StoreConnection, id: Int64, host: Int64) throws -> Bool {
        try database.run(
            """
            INSERT INTO aggregate_host (aggregate_id, host_id) VALUES (?1, ?2)
            ON CONFLICT (aggregate_id, host_id) DO NOTHING
            """,
            [id, host]
        ) > 0
    }

    /// Whether the host was a member.
    static func remove(_ database: any StoreConnection, id: Int64, host: Int64) throws -> Bool {
        try database.run("DELETE FROM aggregate_host WHERE aggregate_id = ?1 AND host_id = ?2", [id, host])
            > 0
    }

    private static func bare(_ row: any StoreRow) throws -> Bare {
        Bare(
            id: row[0],
            uuid: row[1],
            entry: AggregateEntry(
                name: try Stored.aggregateName(row[2]),
                availabilityZone: row[3],
                metadata: try JSONText.decode(row[4])
            ),
            createdAt: row[5],
            updatedAt: row[6]
        )
    }
}

/// SQL about the availability zones that aggregates make.
enum ZoneRows {
    /// The zones that each host is in, each once, sorted; hosts in none are left out.
    static func byHost(_ database: any StoreConnection) throws -> [Int64: [String]] {
        let sql = """
            SELECT DISTINCT m.host_id, a.availability_zone FROM aggregate a
            JOIN aggregate_host m ON m.aggregate_id = a.id
            WHERE a.availability_zone IS NOT NULL ORDER BY m.host_id, a.availability_zone
            """
        var zones: [Int64: [String]] = [:]
        try database.rows(sql, []) { zones[$0[0], default: []].append($0[1]) }
        return zones
    }

    /// A subquery for the first zone, by name, that a host is in; null if it is in none.
    static func first(of host: String) -> String {
        """
        (SELECT min(a.availability_zone) FROM aggregate_host m JOIN aggregate a ON a.id = m.aggregate_id
            WHERE m.host_id = \(host))
        """
    }

    /// The zones, other than `zone`, of other aggregates that hosts of this one are in: one for each such aggregate.
    static func othersOfMembers(
        _ database: any StoreConnection,
        aggregate: Int64,
        zone: String
    ) throws -> [String] {
        let sql = """
            SELECT availability_zone FROM aggregate
            WHERE id <> ?1 AND availability_zone <> ?2 AND id IN (
                SELECT other.aggregate_id FROM aggregate_host mine
                JOIN aggregate_host other ON other.host_id = mine.host_id WHERE mine.aggregate_id = ?1)
            ORDER BY id
            """
        return try database.all(sql, [aggregate, zone]) { $0[0] }
    }

    /// The zones, other than `zone`, of other aggregates that a host is in: one for each such aggregate.
    static func others(
        _ database: any StoreConnection,
        host: Int64,
        aggregate: Int64,
        zone: String
    ) throws -> [String] {
        let sql = """
            SELECT availability_zone FROM aggregate
            WHERE id <> ?1 AND availability_zone <> ?2
                AND id IN (SELECT aggregate_id FROM aggregate_host WHERE host_id = ?3)
            ORDER BY id
            """
        return try database.all(sql, [aggregate, zone, host]) { $0[0] }
    }
}
