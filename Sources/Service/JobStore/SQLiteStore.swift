package import Inventory
package import PrecacheModel

/// The service's whole database: one file, opened once.
package struct SQLiteStore: Sendable {
    /// Every schema step there ever was, oldest first.
    package static let migrations =
        InventorySchema.migrations + JobSchema.migrations + InventorySchema.additions
        + [WebhookSchema.migration]

    /// The file.
    package let database: StoreDatabase
    /// Hosts, aggregates, the catalogue, heartbeats.
    package let inventory: SQLiteInventory
    /// Jobs; also the dispatcher's ledger.
    package let jobs: SQLiteJobs
    /// Bearer tokens.
    package let tokens: SQLiteTokens

    /// Webhooks and what is still to be delivered to them.
    package let webhooks: SQLiteWebhooks

    /// Opens the database, creates it if there is none, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - path: The file (`database.path`).
    ///   - access: Whether this is the service or a command beside it.
    ///   - options: Readers, timeouts, size limit.
    ///   - clock: The wall clock.
    /// - Returns: The open store; ``close()`` it.
    /// - Throws: `StoreError` whose message names the file and says what to do: `busy` (another precached has it),
    ///   `newerSchema`, `corrupt` (also: no database, or another program's), `readOnly`, `full`, `failed`.
    package static func open(
        path: String,
        access: StoreAccess = .service,
        options: StoreOptions = StoreOptions(),
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) async throws(StoreError) -> SQLiteStore {
        let database = try await StoreDatabase.open(
            path: path,
            access: access,
            migrations: migrations,
            options: options
        )
        let inventory = SQLiteInventory(database: database, clock: clock)
        let jobs = try await SQLiteJobs.open(database: database, inventory: inventory, clock: clock)
        return SQLiteStore(
            database: database,
            inventory: inventory,
            jobs: jobs,
            tokens: SQLiteTokens(database: database, clock: clock),
            webhooks: SQLiteWebhooks(database: database, jobs: jobs, clock: clock)
        )
    }

    /// Writes what memory still holds, finishes the writes that were taken, and closes the file.
    package func close() async {
        try? await inventory.flushHeartbeats()
        await database.close()
    }
}
