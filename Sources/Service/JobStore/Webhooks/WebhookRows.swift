internal import FoundationEssentials
internal import GRDB
internal import Inventory
internal import PrecacheModel

/// SQL about webhooks.
enum WebhookRows {
    /// A webhook's row as it is.
    struct Kept {
        var record: WebhookRecord
        var secret: WebhookSecret
        var startAfter: Int64
    }

    private static let select = """
        SELECT id, name, url, secret, format, events, aggregates, enabled, from_settings, start_after, delivered, dropped,
            failing_since, last_error, last_delivery_at, paused_at, paused_reason, created_at, updated_at
        FROM webhook
        """

    static func find(_ database: Database, _ name: WebhookName) throws -> Kept? {
        try Row.fetchOne(database, sql: select + " WHERE name = ?", arguments: [name.text]).map(kept)
    }

    /// Webhooks after a name, by name.
    static func page(_ database: Database, after name: String, limit: Int) throws -> [Kept] {
        try Row.fetchAll(
            database,
            sql: select + " WHERE name > ? ORDER BY name LIMIT ?",
            arguments: [name, limit]
        ).map(kept)
    }

    static func countBesidesSettings(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM webhook WHERE NOT from_settings") ?? 0
    }

    /// Adds a webhook that hears of what happens from now on.
    static func insert(
        _ database: Database,
        _ entry: WebhookEntry,
        secret: WebhookSecret,
        isFromSettings: Bool,
        at now: Timestamp
    ) throws {
        let arguments: StatementArguments = [
            entry.name.text, entry.url, secret.text, entry.format.rawValue,
            try names(entry.events.map(\.rawValue)),
            try names(entry.aggregates.map(\.text)), entry.isEnabled, isFromSettings, now.microseconds,
            now.microseconds,
        ]
        try database.execute(
            sql: """
                INSERT INTO webhook (name, url, secret, format, events, aggregates, enabled, from_settings, created_at,
                    updated_at, start_after)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT last FROM event_counter))
                """,
            arguments: arguments
        )
    }

    static func update(
        _ database: Database,
        _ old: Kept,
        to entry: WebhookEntry,
        secret: WebhookSecret,
        at now: Timestamp
    ) throws {
        let arguments: StatementArguments = [
            entry.url, secret.text, entry.format.rawValue, try names(entry.events.map(\.rawValue)),
            try names(entry.aggregates.map(\.text)), entry.isEnabled, now.microseconds, old.record.id,
        ]
        try database.execute(
            sql: """
                UPDATE webhook SET url = ?, secret = ?, format = ?, events = ?, aggregates = ?, enabled = ?,
                    updated_at = ? WHERE id = ?
                """,
            arguments: arguments
        )
        guard entry.isEnabled, !old.record.entry.isEnabled else { return }
        // What happened while it was off is not for it.
        try deleteCursors(database, id: old.record.id)
        try database.execute(
            sql: "UPDATE webhook SET start_after = (SELECT last FROM event_counter) WHERE id = ?",
            arguments: [old.record.id]
        )
    }

    static func delete(_ database: Database, id: Int64) throws {
        try deleteCursors(database, id: id)
        try database.execute(sql: "DELETE FROM webhook WHERE id = ?", arguments: [id])
    }

    static func write(_ database: Database, _ health: WebhookHealth, id: Int64) throws {
        let arguments: StatementArguments = [
            health.failingSince?.microseconds, health.lastError, health.lastDeliveryAt?.microseconds,
            health.pausedAt?.microseconds, health.pausedReason, id,
        ]
        try database.cachedStatement(
            sql: """
                UPDATE webhook SET failing_since = ?, last_error = ?, last_delivery_at = ?, paused_at = ?,
                    paused_reason = ? WHERE id = ?
                """
        ).execute(arguments: arguments)
    }

    private static func deleteCursors(_ database: Database, id: Int64) throws {
        try database.execute(sql: "DELETE FROM webhook_cursor WHERE webhook_id = ?", arguments: [id])
    }

    private static func names(_ list: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(list.sorted()), as: UTF8.self)
    }

    private static func list(_ text: String) throws -> [String] {
        do { return try JSONDecoder().decode([String].self, from: Data(text.utf8)) } catch {
            throw damaged("a list")
        }
    }

    private static func kept(_ row: Row) throws -> Kept {
        guard let name = try? WebhookName(row[1]), let secret = try? WebhookSecret(row[3]),
            let format = WebhookFormat(rawValue: row[4])
        else { throw damaged("its name, secret or format") }
        let events = Set(try list(row[5]))
        let entry = WebhookEntry(
            name: name,
            url: row[2],
            format: format,
            events: EventType.allCases.filter { events.contains($0.rawValue) },
            aggregates: try list(row[6]).map(Stored.aggregateName),
            isEnabled: row[7]
        )
        let record = WebhookRecord(
            id: row[0],
            entry: entry,
            isFromSettings: row[8],
            health: WebhookHealth(
                failingSince: time(row[12]),
                lastError: row[13],
                lastDeliveryAt: time(row[14]),
                pausedAt: time(row[15]),
                pausedReason: row[16]
            ),
            delivered: row[10],
            dropped: row[11],
            createdAt: Timestamp(microseconds: row[17]),
            updatedAt: Timestamp(microseconds: row[18])
        )
        return Kept(record: record, secret: secret, startAfter: row[9])
    }

    private static func time(_ microseconds: Int64?) -> Timestamp? {
        microseconds.map { Timestamp(microseconds: $0) }
    }

    private static func damaged(_ what: String) -> StoreError {
        StoreError(.corrupt, message: "a webhook's row is damaged: \(what)")
    }
}
