package import PrecacheModel

/// The service's whole database, on whichever engine.
package struct ServiceStore: Sendable {
    package let engine: any StoreEngine
    /// The services that have it open, this one among them.
    package let controllers: StoredControllers
    /// Hosts, aggregates, the catalogue, heartbeats.
    package let inventory: StoredInventory
    /// Jobs; also the dispatcher's ledger.
    package let jobs: StoredJobs
    /// Bearer tokens.
    package let tokens: StoredTokens
    /// Webhooks and what is still to be delivered to them.
    package let webhooks: StoredWebhooks
    /// What is to be warm where.
    package let policies: StoredPolicies

    /// Reads what lives from an open database, and registers as one of its controllers; ``close()`` it.
    ///
    /// - Parameters:
    ///   - engine: The database, its schema up to date.
    ///   - identity: Who this controller is.
    ///   - limits: How much work may be accepted; what is beyond is refused.
    ///   - clock: The wall clock; the one that all controllers share if left out.
    /// - Throws: What reading says.
    package init(
        _ engine: any StoreEngine,
        as identity: ControllerIdentity,
        limits: AdmissionLimits = AdmissionLimits(),
        clock: (@Sendable () -> Timestamp)? = nil
    ) async throws(StoreError) {
        self.engine = engine
        let controllers = try await StoredControllers.open(engine: engine, identity: identity, clock: clock)
        self.controllers = controllers
        let clock: @Sendable () -> Timestamp = { controllers.now() }
        inventory = StoredInventory(engine: engine, clock: clock)
        _ = try await inventory.fleet()
        jobs = try await StoredJobs.open(
            engine: engine,
            controllers: controllers,
            inventory: inventory,
            limits: limits,
            clock: clock
        )
        tokens = StoredTokens(engine: engine, clock: clock)
        webhooks = StoredWebhooks(engine: engine, jobs: jobs, clock: clock)
        policies = StoredPolicies(inventory: inventory, engine: engine, clock: clock)
    }

    /// Writes what memory still holds, lets others have what this controller owns, finishes the writes that were taken, and
    /// closes the database.
    package func close() async {
        try? await inventory.flushHeartbeats()
        try? await controllers.leave()
        await engine.close()
    }
}
