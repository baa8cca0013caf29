internal import FoundationEssentials
internal import PrecacheModel

/// SQL about webhooks.
enum WebhookRows {
    /// A webhook's row as it is.
    struct Kept {
        var record: WebhookRecord
        var secret: WebhookSecret
        var owner: Int64?
        var resumes: Int64

        /// What deliveries need of it.
        var target: WebhookTarget {
            WebhookTarget(
                id: record.id,
                entry: record.entry,
                secret: secret,
                health: record.health,
                owner: owner ?? 0,
                resumes: resumes
            )
        }
    }

    private static let select = """
        SELECT id, name, url, secret, format, events, aggregates, enabled, from_settings, delivered, dropped,
            failing_since, last_error, last_delivery_at, paused_at, paused_reason, created_at, updated_at,
            owner, resumes
        FROM webhook
        """

    static func find(_ database: any StoreConnection, _ name: WebhookName) throws -> Kept? {
        try database.first(select + " WHERE name = ?1", [name.text], kept)
    }

    /// Webhooks after a name, by name.
    static func page(_ database: any StoreConnection, after name: String, limit: Int) throws -> [Kept] {
        try database.all(select + " WHERE name > ?1 ORDER BY name LIMIT ?2", [name, limit], kept)
    }

    static func countBesidesSettings(_ database: any StoreConnection) throws -> Int {
        try database.first("SELECT count(*) FROM webhook WHERE from_settings = 0") { $0[0] } ?? 0
    }

    /// Adds a webhook that hears of what happens from now on.
    static func insert(
        _ database: any StoreConnection,
        _ entry: WebhookEntry,
        secret: WebhookSecret,
        isFromSettings: Bool,
        owner: Int64,
        at now: Timestamp
    ) throws {
        try database.run(
            """
            INSERT INTO webhook (name, url, secret, format, events, aggregates, enabled, from_settings, created_at,
                updated_at, start_after, owner)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, \(EventRows.last(database.dialect)), ?10)
            """,
            [
                entry.name.text, entry.url, secret.text, entry.format.rawValue,
                try names(entry.events.map(\.rawValue)), try names(entry.aggregates.map(\.text)),
                entry.isEnabled, isFromSettings, now, owner,
            ]
        )
    }

    static func update(
        _ database: any StoreConnection,
        _ old: Kept,
        to entry: WebhookEntry,
        secret: WebhookSecret,
        at now: Timestamp
    ) throws {
        try database.run(
            """
            UPDATE webhook SET url = ?1, secret = ?2, format = ?3, events = ?4, aggregates = ?5, enabled = ?6,
                updated_at = ?7 WHERE id = ?8
            """,
            [
                entry.url, secret.text, entry.format.rawValue, try names(entry.events.map(\.rawValue)),
                try names(entry.aggregates.map(\.text)), entry.isEnabled, now, old.record.id,
            ]
        )
        guard entry.isEnabled, !old.record.entry.isEnabled else { return }
        // What happened while it was off is not for it.
        try deleteCursors(database, id: old.record.id)
        try database.run(
            "UPDATE webhook SET start_after = \(EventRows.last(database.dialect)) WHERE id = ?1",
            [old.record.id]
        )
    }

    static func delete(_ database: any StoreConnection, id: Int64) throws {
        try deleteCursors(database, id: id)
        try database.run("DELETE FROM webhook WHERE id = ?1", [id])
    }

    static func write(_ database: any StoreConnection, _ health: WebhookHealth, id: Int64) throws {
        try database.run(
            """
            UPDATE webhook SET failing_since = ?1, last_error = ?2, last_delivery_at = ?3, paused_at = ?4,
                paused_reason = ?5 WHERE id = ?6
            """,
            [
                health.failingSince, health.lastError, health.lastDeliveryAt, health.pausedAt,
                health.pausedReason, id,
            ]
        )
    }

    private static func deleteCursors(_ database: any StoreConnection, id: Int64) throws {
        try database.run("DELETE FROM webhook_cursor WHERE webhook_id = ?1", [id])
    }

    private static func names(_ list: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(list.sorted()), as: UTF8.self)
    }

    private static func list(_ text: String) throws -> [String] {
        do { return try JSONDecoder().decode([String].self, from: Data(text.utf8)) } catch {
            throw damaged("a list")
        }
    }

    private static func kept(_ row: any StoreRow) throws -> Kept {
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
                failingSince: row[11],
                lastError: row[12],
                lastDeliveryAt: row[13],
                pausedAt: row[14],
                pausedReason: row[15]
            ),
            delivered: row[9],
            dropped: row[10],
            createdAt: row[16],
            updatedAt: row[17]
        )
        return Kept(record: record, secret: secret, owner: row[18], resumes: row[19])
    }

    private static func damaged(_ what: String) -> StoreError {
        StoreError(.corrupt, message: "a webhook's row is damaged: \(what)")
    }
}
