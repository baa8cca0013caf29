package import Logging
package import PrecacheModel
package import Telemetry

/// Tells every webhook what happens to jobs: at least once, and in order per job.
///
/// It reads what the database holds and writes down how far it came; nothing waits for it.
package actor Courier {
    /// How often the gauges are brought up to date.
    private static let gaugeInterval = Duration.seconds(5)

    private let environment: OutboxEnvironment
    private let writer: DeliveryWriter
    private var endpoints: [Int64: EndpointCourier] = [:]
    /// What endpoints were told last, without their health.
    private var told: [WebhookTarget] = []
    private let started: AsyncStream<EndpointCourier>
    private let start: AsyncStream<EndpointCourier>.Continuation
    /// Readings of the webhooks, numbered, so that an older one never undoes what a newer one brought.
    private var readings = 0
    private var applied = 0

    /// A courier.
    ///
    /// - Parameters:
    ///   - store: Webhooks, events, cursors.
    ///   - sender: Carries deliveries.
    ///   - configuration: How deliveries are made.
    ///   - metrics: Where its metrics go.
    ///   - logger: Told of webhooks that fail or are paused.
    ///   - now: The wall clock.
    ///   - sleep: Waits.
    ///   - random: A random number from 0 to 1.
    package init(
        store: any OutboxStore,
        sender: any DeliverySender,
        configuration: OutboxConfiguration,
        metrics: MetricsRegistry,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        environment = OutboxEnvironment(
            store: store,
            sender: sender,
            configuration: configuration,
            metrics: OutboxMetrics(metrics),
            logger: logger,
            now: now,
            sleep: sleep,
            random: random
        )
        writer = DeliveryWriter(store: store, configuration)
        (started, start) = AsyncStream.makeStream(of: EndpointCourier.self)
    }

    /// Delivers until the task is cancelled; then writes down how far it came.
    package func run() async {
        let changes = environment.store.jobChanges()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.reload()
                for await _ in changes { await self.passOn(self.environment.store.takeChangedJobs()) }
            }
            group.addTask { await self.sweep() }
            group.addTask { await self.showGauges() }
            for await endpoint in started {
                group.addTask { await endpoint.run() }
            }
            group.cancelAll()
        }
    }

    /// Takes what an operator has changed.
    package func reload() async {
        do throws(StoreError) {
            try await read(onlyChanges: false)
        } catch {
            environment.logger.warning("webhooks could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// Takes what was changed or taken over through other controllers; one statement if nothing was.
    package func follow() async throws(StoreError) { try await read(onlyChanges: true) }

    private func read(onlyChanges: Bool) async throws(StoreError) {
        readings += 1
        let reading = readings
        let targets = try await environment.store.targets()
        guard reading > applied else { return }
        applied = reading
        let bare = targets.map { target in
            var bare = target
            bare.health = WebhookHealth()
            return bare
        }
        if onlyChanges, bare == told { return }
        // Who had a webhook, lost it and has it again doesn't know how far another has come.
        let owners = Dictionary(uniqueKeysWithValues: told.map { ($0.id, $0.owner) })
        let kept = Set(targets.filter { owners[$0.id] == $0.owner }.map(\.id))
        told = bare
        for (id, endpoint) in endpoints where !kept.contains(id) {
            endpoint.stop()
            endpoints[id] = nil
        }
        for target in targets {
            // Updating suspends: a newer reading may have brought more by now.
            guard applied == reading else { return }
            let endpoint = endpoints[target.id] ?? begin(target)
            await endpoint.update(target)
        }
    }

    /// Delivers a test event now, once, whatever the webhook's state.
    ///
    /// Throws `notFound`.
    package func test(_ name: WebhookName) async throws(StoreError) -> WebhookTest {
        let target = try await environment.store.target(name)
        let delivery = writer.test(target, at: environment.now())
        let begin = ContinuousClock.now
        let result = await environment.sender.send(delivery, to: target)
        return WebhookTest(
            isDelivered: result.isDelivered,
            status: result.status,
            detail: result.detail,
            duration: ContinuousClock.now - begin
        )
    }

    /// Why nothing could ever be sent to a URL; nil if it may be tried.
    package nonisolated func fault(in url: String) -> String? { environment.sender.fault(in: url) }

    private func begin(_ target: WebhookTarget) -> EndpointCourier {
        let endpoint = EndpointCourier(target, environment)
        endpoints[target.id] = endpoint
        start.yield(endpoint)
        return endpoint
    }

    private func passOn(_ jobs: Set<JobID>) async {
        for endpoint in endpoints.values { await endpoint.note(jobs) }
    }

    /// Has endpoints look for events whose time is over, those of paused ones too; makes up for a reading that failed.
    private func sweep() async {
        while (try? await environment.sleep(environment.configuration.sweepInterval)) != nil {
            await reload()
        }
    }

    private func showGauges() async {
        repeat {
            if let page = try? await environment.store.webhooks(PageRequest(limit: 1_000)) {
                environment.metrics.show(page.items, now: environment.now())
            }
        } while (try? await environment.sleep(Self.gaugeInterval)) != nil
    }
}

/// How deliveries are made.
package struct OutboxConfiguration: Sendable {
    /// How long an event is tried after it happened, and for how long an endpoint may take nothing before it is paused.
    ///
    /// The default is a day.
    package var patience = Duration.seconds(86_400)
    /// The longest that one delivery may take.
    ///
    /// The default is 10 s.
    package var timeout = Duration.seconds(10)
    /// Jobs that one endpoint is told of at the same time.
    ///
    /// The default is 4.
    package var jobsAtOnce = 4
    /// How long progress may wait to be written down, so that many deliveries share a write.
    ///
    /// The default is 100 ms: what was delivered in that time may come again after a crash.
    package var writeDelay = Duration.milliseconds(100)
    /// The host's name, for the events' `source` and Nova's `publisher_id`.
    package var hostName = "localhost"
    /// Where people find the service's page, for the events' links; nil if nobody said.
    package var pageURL: String?

    package init() {}

    /// How often events whose time is over are looked for.
    var sweepInterval: Duration { min(max(patience / 24, .seconds(1)), .seconds(600)) }
}

/// What couriers work with.
struct OutboxEnvironment: Sendable {
    let store: any OutboxStore
    let sender: any DeliverySender
    let configuration: OutboxConfiguration
    let metrics: OutboxMetrics
    let logger: Logger
    /// The wall clock.
    let now: @Sendable () -> Timestamp
    /// Waits; throws when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    /// A random number from 0 to 1.
    let random: @Sendable () -> Double
}
