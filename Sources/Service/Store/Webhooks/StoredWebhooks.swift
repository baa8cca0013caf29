package import PrecacheModel

/// Webhooks in the service's database.
///
/// Errors are `StoreError`.
package final class StoredWebhooks: Sendable {
    /// Webhooks at most, that of the settings not counted: each may have several deliveries under way.
    package static let limit = 32

    let engine: any StoreEngine
    let jobs: StoredJobs
    private let clock: @Sendable () -> Timestamp

    init(engine: any StoreEngine, jobs: StoredJobs, clock: @escaping @Sendable () -> Timestamp) {
        self.engine = engine
        self.jobs = jobs
        self.clock = clock
    }

    /// The webhooks in the order of their names, with what waits for each.
    ///
    /// Throws `badCursor`.
    package func webhooks(_ page: PageRequest) async throws(StoreError) -> Page<WebhookRecord> {
        let after = try Cursors.text(page.after, of: "webhooks")
        return try await engine.read { database in
            let found = try WebhookRows.page(database, after: after, limit: page.limit + 1)
            let items = try found.prefix(page.limit).map { try Self.shown($0, in: database) }
            let next = found.count > page.limit ? items.last?.entry.name.text : nil
            return Page(items: items, next: next.map { PageCursor(kind: "webhooks", key: [$0]) })
        }
    }

    /// One webhook; nil if there is none of this name.
    package func webhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord? {
        try await engine.read { database in
            try WebhookRows.find(database, name).map { try Self.shown($0, in: database) }
        }
    }

    /// Adds the webhook, or makes its entry this one; what waits for it still does.
    ///
    /// - Parameters:
    ///   - entry: The webhook.
    ///   - choice: What to sign with.
    ///   - fresh: A fresh secret, used if the choice asks for one.
    /// - Returns: The webhook, and the secret if it is the fresh one.
    /// - Throws: `conflict` (subject `webhook`) for the name of the settings' webhook, or if there are too many.
    package func putWebhook(
        _ entry: WebhookEntry,
        secret choice: WebhookSecretChoice,
        fresh: WebhookSecret
    ) async throws(StoreError) -> WebhookPut {
        guard entry.name != .settings else { throw Self.isSettings }
        return try await put(entry, choice, fresh: fresh, isFromSettings: false)
    }

    /// Removes a webhook; what waits for it is never delivered.
    ///
    /// Throws `notFound`, and `conflict` for that of the settings.
    package func deleteWebhook(_ name: WebhookName) async throws(StoreError) {
        try await engine.write(.rare) { [engine] database, after in
            guard let found = try WebhookRows.find(database, name) else {
                throw StoreError.notFound("webhook", name.text)
            }
            if found.record.isFromSettings { throw Self.isSettings }
            try WebhookRows.delete(database, id: found.record.id)
            after.perform { engine.ring([.webhooks]) }
        }
    }

    /// Lets a webhook go on that was paused, or tries one at once that fails; what is asked of others changes nothing.
    ///
    /// Throws `notFound`.
    package func resumeWebhook(_ name: WebhookName) async throws(StoreError) -> WebhookRecord {
        try await engine.write(.rare) { [engine] database, after in
            guard var found = try WebhookRows.find(database, name) else {
                throw StoreError.notFound("webhook", name.text)
            }
            var health = WebhookHealth(lastError: found.record.health.lastError)
            health.lastDeliveryAt = found.record.health.lastDeliveryAt
            try WebhookRows.write(database, health, id: found.record.id)
            try database.run("UPDATE webhook SET resumes = resumes + 1 WHERE id = ?1", [found.record.id])
            after.perform { engine.ring([.webhooks]) }
            found.record.health = health
            return try Self.shown(found, in: database)
        }
    }

    /// Makes the settings' webhook this one, or removes it if they describe none.
    ///
    /// What waits for it still does, also over restarts. The settings of the controller that started last hold.
    ///
    /// - Parameters:
    ///   - entry: The webhook; nil for none.
    ///   - secret: What to sign with.
    /// - Returns: Whether controllers are alive that had it otherwise.
    /// - Throws: `StoreError`.
    @discardableResult
    package func applySettings(
        _ entry: WebhookEntry?,
        secret: WebhookSecret?
    ) async throws(StoreError) -> Bool {
        let (number, wanted) = (jobs.controllers.number, secret)
        let isOtherwise = try await engine.read { database in
            let old = try WebhookRows.find(database, .settings)
            let others = try ControllerRows.living(database).contains { $0.number != number }
            return others && (old?.record.entry != entry || old?.secret != wanted)
        }
        if let entry, let secret {
            _ = try await put(entry, .given(secret), fresh: secret, isFromSettings: true)
            return isOtherwise
        }
        try await engine.write(.rare) { [engine] database, after in
            guard let old = try WebhookRows.find(database, .settings) else { return }
            try WebhookRows.delete(database, id: old.record.id)
            after.perform { engine.ring([.webhooks]) }
        }
        return isOtherwise
    }

    private func put(
        _ entry: WebhookEntry,
        _ choice: WebhookSecretChoice,
        fresh: WebhookSecret,
        isFromSettings: Bool
    ) async throws(StoreError) -> WebhookPut {
        let (now, number) = (clock(), jobs.controllers.number)
        return try await engine.write(.rare) { [engine] database, after in
            let old = try WebhookRows.find(database, entry.name)
            let secret =
                switch choice {
                case .given(let secret): secret
                case .fresh: fresh
                case .keep: old?.secret ?? fresh
                }
            if let old {
                if old.record.entry != entry || old.secret != secret {
                    try WebhookRows.update(database, old, to: entry, secret: secret, at: now)
                }
            } else {
                // The settings' own is always let in: refused, it would keep the service from starting, and so whoever
                // wants to delete another from doing that.
                if !isFromSettings { try Self.makeRoom(database) }
                try WebhookRows.insert(
                    database,
                    entry,
                    secret: secret,
                    isFromSettings: isFromSettings,
                    owner: number,
                    at: now
                )
            }
            guard let new = try WebhookRows.find(database, entry.name) else {
                throw StoreError(.corrupt, message: "a webhook's row is missing")
            }
            after.perform { engine.ring([.webhooks]) }
            let isMade = choice == .fresh || (choice == .keep && old == nil)
            return WebhookPut(
                webhook: try Self.shown(new, in: database),
                isNew: old == nil,
                madeSecret: isMade ? fresh : nil
            )
        }
    }

    private static func makeRoom(_ database: any StoreConnection) throws {
        guard try WebhookRows.countBesidesSettings(database) >= limit else { return }
        throw StoreError(
            .conflict,
            subject: "webhook",
            message: "there are \(limit) webhooks, the most that there may be: delete one first"
        )
    }

    private static let isSettings = StoreError(
        .conflict,
        subject: "webhook",
        message:
            "the webhook '\(WebhookName.settings)' is the one that the settings file describes (webhooks.url): change it "
            + "there, or choose another name"
    )

    private static func shown(
        _ kept: WebhookRows.Kept,
        in database: any StoreConnection
    ) throws -> WebhookRecord {
        var record = kept.record
        let waiting = try DeliveryRows.waiting(database, webhook: record.id, events: record.entry.events)
        record.waiting = waiting.count
        record.oldestWaitingAt = waiting.oldest
        return record
    }
}
