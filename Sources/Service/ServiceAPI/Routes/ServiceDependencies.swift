public import Logging
public import PrecacheModel
public import Telemetry

/// What the API's routes work with.
public struct ServiceDependencies: Sendable {
    /// The hosts.
    public var hosts: any HostRecords
    /// The hosts' caches.
    public var caches: any HostCaches
    /// The aggregates.
    public var aggregates: any AggregateRecords
    /// The catalogue and whole inventories.
    public var catalogue: any CatalogueRecords
    /// The image service behind the catalogue, if there is one.
    public var imageService: (any ImageRecords)?
    /// The jobs.
    public var jobs: any JobRecords
    /// Results and events.
    public var history: any JobHistoryRecords
    /// Jobs in memory.
    public var live: any LiveJobs
    /// Running downloads.
    public var progress: any LiveProgress
    /// The webhooks.
    public var webhooks: any WebhookRecords
    /// Who may come in.
    public var gate: any Gatekeeper
    /// Whether jobs go on.
    public var readiness: any ReadinessProbe
    /// Limits of jobs that don't say their own.
    public var defaults: JobLimits
    /// What `/metrics` shows.
    public var metrics: MetricsRegistry
    /// Raised when the service begins to stop.
    public var stop: StopSignal
    /// Makes the SHA-256 of some bytes, in hexadecimal digits.
    public var digest: @Sendable ([UInt8]) -> String
    /// The wall clock.
    public var clock: @Sendable () -> Timestamp
    /// Where troubles are told.
    public var logger: Logger

    /// Puts dependencies together.
    public init(
        hosts: any HostRecords,
        caches: any HostCaches,
        aggregates: any AggregateRecords,
        catalogue: any CatalogueRecords,
        imageService: (any ImageRecords)? = nil,
        jobs: any JobRecords,
        history: any JobHistoryRecords,
        live: any LiveJobs,
        progress: any LiveProgress,
        webhooks: any WebhookRecords,
        gate: any Gatekeeper,
        readiness: any ReadinessProbe,
        defaults: JobLimits,
        metrics: MetricsRegistry,
        stop: StopSignal,
        digest: @escaping @Sendable ([UInt8]) -> String,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.hosts = hosts
        self.caches = caches
        self.aggregates = aggregates
        self.catalogue = catalogue
        self.imageService = imageService
        self.jobs = jobs
        self.history = history
        self.live = live
        self.progress = progress
        self.webhooks = webhooks
        self.gate = gate
        self.readiness = readiness
        self.defaults = defaults
        self.metrics = metrics
        self.stop = stop
        self.digest = digest
        self.clock = clock
        self.logger = logger
    }
}
