import Digesting
import FanOut
import HTTPServing
import Identity
import ImageService
import Logging
import NovaAPI
import Outbox
import PrecacheModel
import ProgramKit
import Reactor
import ServiceAPI
import Store
import Telemetry
import TextForms

/// The parts of the service that work on an open database, connected.
struct ServiceParts: Sendable {
    let metrics: MetricsRegistry
    /// Both APIs: Nova's has `/`, `/v2` and `/v2.1`, everything else is the service's own.
    let router: Router
    let dispatcher: Dispatcher<ContinuousClock>
    let stop = StopSignal()
    private let progress: FanOut.LiveProgress
    private let store: ServiceStore
    private let notifying: Notifying
    private let policies: PolicyKeeper
    private let readiness: Readiness
    private let refresh: TokenRefresh?
    private let bell: AsyncStream<Void>
    private let resolver: ImageResolver
    private let resolverBell: AsyncStream<Void>
    private let teller: JobTeller
    private let retention: RetentionPolicy
    private let controllers: ControllerSettings
    private let turns: ControllerTurns
    private let troubles: Troubles
    private let logger: Logger

    init(
        _ configuration: ServiceConfiguration,
        _ store: ServiceStore,
        _ cloud: Cloud?,
        calling: AgentCalling,
        _ logger: Logger
    ) async throws {
        (self.store, self.logger) = (store, logger)
        (retention, controllers) = (configuration.retention, configuration.controllers)
        let now: @Sendable () -> Timestamp = { store.controllers.now() }
        let metrics = MetricsRegistry()
        ProcessMetrics.register(in: metrics)
        metrics.gauge("precached_build_info", help: "1, with the program's version.", labels: ["version"])
            .set(1, precacheVersion)
        troubles = Troubles(
            metrics.counter(
                "precached_upkeep_failures_total",
                help: "Turns of work beside requests that failed, by work.",
                labels: ["work"]
            ),
            logger: logger
        )
        self.metrics = metrics
        turns = ControllerTurns(metrics)
        // Before anything can be accepted, so that no ring is missed.
        bell = store.jobs.work()
        resolverBell = store.jobs.work()
        let images = KnownImages(catalogue: store.inventory, glance: cloud?.glance)
        resolver = ImageResolver(
            ledger: store.jobs,
            lookup: images,
            clock: now,
            onTrouble: { logger.warning("images can't be looked up now", metadata: ["error": "\($0)"]) }
        )
        teller = JobTeller(metrics, logger) { job, filter, page in
            try await store.jobs.results(of: job, filter, page).items
        }
        let meshSigner = MeshSigner(configuration.agents.certificates, logger)
        var fanOut = configuration.dispatcher
        fanOut.relay = configuration.relay.rules(meshSigner, usual: configuration.defaults.parallelism)
        let plans = JobPlanner(store, fanOut)
        let needs = PolicyKeeper.Needs(
            store: store,
            images: images,
            settings: configuration.policies,
            plans: plans,
            defaults: configuration.defaults,
            results: configuration.admission.results,
            logger: logger
        )
        policies = try PolicyKeeper(needs, metrics)
        let progress = FanOut.LiveProgress()
        self.progress = progress
        let dispatcher = Dispatcher(
            ledger: store.jobs,
            caller: calling.caller,
            progress: progress,
            metrics: metrics,
            logger: logger,
            configuration: fanOut,
            clock: ContinuousClock(),
            wall: now,
            executors: calling.loops.loops
        )
        self.dispatcher = dispatcher
        readiness = Readiness(
            doubt: { store.engine.doubt },
            dispatcher: { (dispatcher.status.isHealthy, dispatcher.status.ledgerProblem) }
        )
        readiness.show(in: metrics, unless: stop)
        let access = try await CallerAccess(
            configuration.authentication,
            store.tokens,
            cloud,
            troubles,
            logger
        )
        refresh = access.refresh
        let described = configuration.webhooks.described
        if try await store.webhooks.applySettings(described?.entry, secret: described?.secret) {
            logger.warning(
                "controllers that run had another webhook in their settings, or none: this one's holds now"
            )
        }
        try await store.webhooks.adopt()
        notifying = try Notifying(
            configuration.webhooks,
            store: store.webhooks,
            metrics: metrics,
            logger: logger,
            now: now
        )
        let nova = NovaRoutes(
            NovaDependencies(
                inventory: store.inventory,
                jobs: ImageOrders(store: store, plans: plans, limits: configuration.defaults),
                gate: access.gate,
                proxies: configuration.proxies,
                imagesRole: configuration.nova.imagesRole,
                defaultZone: configuration.nova.defaultZone,
                publicURL: configuration.nova.publicURL,
                isSecure: configuration.server.tls != nil,
                clock: now,
                logger: logger
            )
        )
        let service = ServiceRoutes(
            ServiceDependencies(
                inventory: store.inventory,
                coverage: store.inventory,
                wanted: policies,
                plans: plans,
                policies: policies,
                caches: AgentCaches(caller: calling.caller),
                imageService: cloud.map { GlanceImages(glance: $0.glance) },
                jobs: store.jobs,
                progress: DownloadProgress(own: progress, jobs: store.jobs),
                webhooks: WebhookDesk(store: store.webhooks, courier: notifying.courier),
                controllers: store.controllers,
                gate: access.gate,
                proxies: configuration.proxies,
                readiness: readiness,
                defaults: configuration.defaults,
                metrics: metrics,
                stop: stop,
                digest: { Hexadecimal.encode(sha256($0)) },
                clock: now,
                logger: logger
            )
        )
        var router = Router { failure, request in
            NovaRoutes.own(request.path)
                ? NovaRoutes.refusal(failure, request) : ServiceRoutes.refusal(failure, request)
        }
        nova.add(to: &router)
        service.add(to: &router)
        self.router = router
    }

    /// Starts what runs beside requests and dispatcher, until the group is cancelled.
    func addUpkeep(to group: inout TaskGroup<Void>) {
        let gauges = StatisticsGauges(metrics)
        group.addTask { [self] in
            for await _ in bell { dispatcher.ring() }
        }
        group.addTask { [self] in await resolver.run(resolverBell) }
        group.addTask { [self] in
            await readiness.watch({ try await store.engine.check() }) {
                troubles.note("database", "the database doesn't take writes", $0)
            }
        }
        group.addTask { [self] in
            await again(every: .seconds(5), "statistics", "figures for metrics could not be read") {
                let now = store.controllers.now()
                gauges.show(try await store.jobs.statistics(now: now), now: now)
            }
        }
        group.addTask { [self] in
            await store.inventory.keepHeartbeats {
                troubles.note("heartbeats", "heartbeats could not be written", $0)
            }
        }
        group.addTask { [self] in
            var fleet = FleetWatch(metrics, logger, since: store.controllers.now())
            await again(every: .seconds(10), "fleet", "heartbeats could not be read") {
                fleet.look(try await store.inventory.sightings(), now: store.controllers.now())
            }
        }
        group.addTask { [self] in
            var others = ControllerGauges(metrics, logger)
            await again(every: .seconds(5), "controllers", "controllers could not be read") {
                let all = try await store.controllers.all()
                others.show(all, own: store.controllers.number, now: store.controllers.now())
            }
        }
        group.addTask { [self] in await teller.run(store.jobs.news) }
        group.addTask { [self] in await prune() }
        group.addTask { [self] in await notifying.courier.run() }
        group.addTask { [self] in
            await policies.run { troubles.note("policies", "policies could not be kept", $0) }
        }
        if store.engine.isShared { addHeart(to: &group) }
        if let refresh {
            group.addTask { await refresh.run() }
        }
    }

    /// Starts what a controller does because there may be others.
    private func addHeart(to group: inout TaskGroup<Void>) {
        let heart = ControllerHeart(
            engine: store.engine,
            controllers: store.controllers,
            settings: controllers,
            logger: logger,
            turns: turns,
            adopt: { [dispatcher, store, notifying, troubles] in
                dispatcher.adopt()
                do throws(StoreError) {
                    try await store.webhooks.adopt()
                    troubles.note("webhooks", "webhooks of others could not be taken over", nil)
                } catch {
                    troubles.note("webhooks", "webhooks of others could not be taken over", error)
                }
                // Also what this one had under a number that was fenced is no longer its own.
                await notifying.courier.reload()
            },
            onEnd: { [troubles] in
                troubles.note("beat", "others can't be told that this controller is alive", $0)
            },
            onOutdated: { [readiness, logger] steps in
                readiness.becomeOutdated()
                logger.error(
                    "a newer version has changed the database: others have the jobs; install it here, too",
                    metadata: ["steps": "\(steps.joined(separator: ", "))"]
                )
            }
        )
        let (left, hasLeft) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        group.addTask { await heart.run(left) }
        let ear = ControllerEar(store: store, courier: notifying.courier, progress: progress) {
            [troubles] in troubles.note($0, $1, $2)
        }
        group.addTask { await ear.run(hasLeft) }
    }

    /// Ends what runs on threads of its own.
    func end() async {
        await notifying.stop()
        policies.stop()
    }

    /// Lets go of old jobs soon after there are any, so that a burst of jobs doesn't keep the disk; and of all else that is
    /// old at the start and then every ten minutes.
    private func prune() async {
        var rest = 0
        await again(every: .seconds(15), "retention", "old jobs could not be pruned") {
            let isDue = rest == 0 ? true : try await store.jobs.hasOld(retention)
            let count = isDue ? try await store.jobs.prune(retention) : 0
            if count > 0 { logger.info("old jobs pruned", metadata: ["jobs": "\(count)"]) }
            rest = rest == 0 ? 39 : rest - 1
        }
    }

    /// Does something again and again until the task is cancelled, and tells of what goes wrong.
    private func again(
        every interval: Duration,
        _ work: String,
        _ complaint: String,
        _ body: () async throws -> Void
    ) async {
        while !Task.isCancelled {
            do {
                try await body()
                troubles.note(work, complaint, nil)
            } catch {
                troubles.note(work, complaint, error)
            }
            try? await Task.sleep(for: interval)
        }
    }
}
