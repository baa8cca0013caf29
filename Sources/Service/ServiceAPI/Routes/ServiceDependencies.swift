package import HTTPDoor
package import Logging
package import PrecacheModel
package import Telemetry

/// What the API's routes work with.
package struct ServiceDependencies: Sendable {
    /// Hosts, aggregates, the catalogue.
    package var inventory: any InventoryRecords
    /// Which host has which image.
    package var coverage: any CoverageRecords
    /// What policies want on hosts.
    package var wanted: any WantedImages
    /// What jobs would do.
    package var plans: any JobPlanning
    /// What is to be warm where.
    package var policies: any PolicyRecords
    /// The hosts' caches.
    package var caches: any HostCaches
    /// The image service behind the catalogue, if there is one.
    package var imageService: (any ImageRecords)?
    package var jobs: any JobRecords
    /// Running downloads.
    package var progress: any LiveProgress
    /// The webhooks.
    package var webhooks: any WebhookRecords
    /// Who shares the database.
    package var controllers: any ControllerRecords
    /// Who may come in.
    package var gate: any Gatekeeper
    /// Who is believed about whom it speaks for.
    package var proxies: TrustedProxies
    /// Whether jobs go on.
    package var readiness: any ReadinessProbe
    /// Limits of jobs that don't say their own.
    package var defaults: JobLimits
    /// What `/metrics` shows.
    package var metrics: MetricsRegistry
    /// Raised when the service begins to stop.
    package var stop: StopSignal
    /// Makes the SHA-256 of some bytes, in hexadecimal digits.
    package var digest: @Sendable ([UInt8]) -> String
    /// The wall clock.
    package var clock: @Sendable () -> Timestamp
    /// Where troubles are told.
    package var logger: Logger

    /// Puts dependencies together.
    package init(
        inventory: any InventoryRecords,
        coverage: any CoverageRecords,
        wanted: any WantedImages,
        plans: any JobPlanning,
        policies: any PolicyRecords,
        caches: any HostCaches,
        imageService: (any ImageRecords)? = nil,
        jobs: any JobRecords,
        progress: any LiveProgress,
        webhooks: any WebhookRecords,
        controllers: any ControllerRecords,
        gate: any Gatekeeper,
        proxies: TrustedProxies = TrustedProxies(),
        readiness: any ReadinessProbe,
        defaults: JobLimits,
        metrics: MetricsRegistry,
        stop: StopSignal,
        digest: @escaping @Sendable ([UInt8]) -> String,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.inventory = inventory
        self.coverage = coverage
        self.wanted = wanted
        self.plans = plans
        self.policies = policies
        self.caches = caches
        self.imageService = imageService
        self.jobs = jobs
        self.progress = progress
        self.webhooks = webhooks
        self.controllers = controllers
        self.gate = gate
        self.proxies = proxies
        self.readiness = readiness
        self.defaults = defaults
        self.metrics = metrics
        self.stop = stop
        self.digest = digest
        self.clock = clock
        self.logger = logger
    }
}

/// Tells whether jobs can be accepted and go on.
///
/// Called on event loops: answers at once, from what was found out lately.
package protocol ReadinessProbe: Sendable {
    /// What is in the way, for people; nil if nothing is.
    func obstacle() -> String?
}

/// The services that share the database.
package protocol ControllerRecords: Sendable {
    /// The number of the one that answers.
    var number: Int64 { get }

    /// Those that aren't taken for dead, by number.
    func all() async throws(StoreError) -> [ControllerRecord]
}
