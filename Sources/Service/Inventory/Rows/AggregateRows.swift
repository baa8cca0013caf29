internal import GRDB
internal import PrecacheModel
internal import TextForms

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
    static func find(_ database: Database, _ key: AggregateKey) throws -> Bare? {
        if let id = key.id, let found = try find(database, id: id) { return found }
        guard let name = key.name else { return nil }
        return try find(database, name)
    }

    static func find(_ database: Database, id: Int64) throws -> Bare? {
        let statement = try database.cachedStatement(sql: select + " WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map(bare)
    }

    static func find(_ database: Database, _ name: AggregateName) throws -> Bare? {
        let statement = try database.cachedStatement(sql: select + " WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [name.text]).map(bare)
    }

    /// Aggregates after a name, by name.
    static func page(_ database: Database, after name: String, limit: Int) throws -> [Bare] {
        let statement = try database.cachedStatement(sql: select + " WHERE name > ? ORDER BY name LIMIT ?")
        return try Row.fetchAll(statement, arguments: [name, limit]).map(bare)
    }

    /// All, by number.
    static func all(_ database: Database) throws -> [Bare] {
        try Row.fetchAll(database, sql: select + " ORDER BY id").map(bare)
    }

    /// The members' names, sorted.
    static func hosts(_ database: Database, id: Int64) throws -> [HostName] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT h.name FROM aggregate_host m JOIN host h ON h.id = m.host_id
                WHERE m.aggregate_id = ? ORDER BY h.name
                """
        )
        return try String.fetchAll(statement, arguments: [id]).map(Stored.hostName)
    }

    /// The members' names, sorted, of every aggregate that has some.
    static func allHosts(_ database: Database) throws -> [Int64: [HostName]] {
        try hosts(database, where: "", arguments: [])
    }

    /// The members' names, sorted, of those of these aggregates that have some.
    static func hosts(_ database: Database, ids: [Int64]) throws -> [Int64: [HostName]] {
        let list = "[" + ids.map(String.init).joined(separator: ",") + "]"
        let condition = "WHERE m.aggregate_id IN (SELECT value FROM json_each(?))"
        return try hosts(database, where: condition, arguments: [list])
    }

    private static func hosts(
        _ database: Database,
        where condition: String,
        arguments: StatementArguments
    ) throws -> [Int64: [HostName]] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT m.aggregate_id, h.name FROM aggregate_host m JOIN host h ON h.id = m.host_id \(condition)
                ORDER BY h.name
                """
        )
        var members: [Int64: [HostName]] = [:]
        // A host that is in many aggregates is checked once for all of them, its names standing together.
        var last: HostName?
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
            let text: String = row[1]
            let name = try last.flatMap { $0.text == text ? $0 : nil } ?? Stored.hostName(text)
            last = name
            members[row[0], default: []].append(name)
        }
        return members
    }

    static func insert(_ database: Database, _ entry: AggregateEntry, at now: Timestamp) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO aggregate (uuid, name, availability_zone, metadata, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        try statement.execute(arguments: [
            UUIDText.make(), entry.name.text, entry.availabilityZone, try JSONText.encode(entry.metadata),
            now.microseconds, now.microseconds,
        ])
        return database.lastInsertedRowID
    }

    static func update(_ database: Database, id: Int64, _ entry: AggregateEntry, at now: Timestamp) throws {
        let statement = try database.cachedStatement(
            sql:
                "UPDATE aggregate SET name = ?, availability_zone = ?, metadata = ?, updated_at = ? WHERE id = ?"
        )
        try statement.execute(arguments: [
            entry.name.text, entry.availabilityZone, try JSONText.encode(entry.metadata), now.microseconds,
            id,
        ])
    }

    static func touch(_ database: Database, id: Int64, at now: Timestamp) throws {
        let statement = try database.cachedStatement(sql: "UPDATE aggregate SET updated_at = ? WHERE id = ?")
        try statement.execute(arguments: [now.microseconds, id])
    }

    /// Notes a change of every aggregate that a host is in.
    static func touchAll(_ database: Database, host: Int64, at now: Timestamp) throws {
        let statement = try database.cachedStatement(
            sql: """
                UPDATE aggregate SET updated_at = ?
                WHERE id IN (SELECT aggregate_id FROM aggregate_host WHERE host_id = ?)
                """
        )
        try statement.execute(arguments: [now.microseconds, host])
    }

    static func delete(_ database: Database, id: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM aggregate WHERE id = ?").execute(arguments: [id])
    }

    /// Whether the host wasn't a member before.
    static func add(_ database: Database, id: Int64, host: Int64) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO aggregate_host (aggregate_id, host_id) VALUES (?, ?)"
        )
        try statement.execute(arguments: [id, host])
        return database.changesCount > 0
    }

    /// Whether the host was a member.
    static func remove(_ database: Database, id: Int64, host: Int64) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "DELETE FROM aggregate_host WHERE aggregate_id = ? AND host_id = ?"
        )
        try statement.execute(arguments: [id, host])
        return database.changesCount > 0
    }

    private static func bare(_ row: Row) throws -> Bare {
        Bare(
            id: row[0],
            uuid: row[1],
            entry: AggregateEntry(
                name: try Stored.aggregateName(row[2]),
                availabilityZone: row[3],
                metadata: try JSONText.decode(row[4])
            ),
            createdAt: Timestamp(microseconds: row[5]),
            updatedAt: Timestamp(microseconds: row[6])
        )
    }
}
