import Logging
import PrecacheModel
import Store
import Telemetry

/// Keeps this controller alive in the eyes of the others on its database, and takes over from those that aren't.
struct ControllerHeart: Sendable {
    let engine: any StoreEngine
    let controllers: StoredControllers
    let settings: ControllerSettings
    let logger: Logger
    let turns: ControllerTurns
    /// Has jobs and webhooks taken over that nobody living has.
    let adopt: @Sendable () async -> Void
    /// Hears how each beat went.
    let onEnd: @Sendable (StoreError?) -> Void

    /// Hears, once, that a newer version has changed the database so that this one can't go on.
    let onOutdated: @Sendable (_ steps: [String]) -> Void

    /// Beats until the task is cancelled, or this version is outdated.
    ///
    /// - Parameter bell: Rings when somebody has left, so that nobody waits for the next beat.
    func run(_ bell: AsyncStream<Void>) async {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in bell { waker.yield() }
            }
            group.addTask {
                while (try? await Task.sleep(for: settings.beat)) != nil { waker.yield() }
            }
            var watch = ControllerWatch(
                patience: settings.patience,
                attention: max(settings.patience / 3, settings.beat * 2)
            )
            waker.yield()
            for await _ in wakes where await !beat(&watch) { break }
            group.cancelAll()
        }
    }

    /// Returns whether to go on.
    private func beat(_ watch: inout ControllerWatch) async -> Bool {
        let began = ContinuousClock.now
        do throws(StoreError) {
            let unknown = try await engine.unknownBreakingSteps()
            guard unknown.isEmpty else {
                try await controllers.leave()
                onOutdated(unknown)
                return false
            }
            guard let sight = try await controllers.beat() else {
                watch.lookAway()
                try await controllers.register()
                turns.fenced.increment()
                logger.warning(
                    "others took this controller for dead and have its jobs: it begins anew",
                    metadata: ["controller": "\(controllers.number)"]
                )
                await adopt()
                return true
            }
            let dead = watch.look(
                sight.living,
                own: controllers.number,
                began: Self.start.duration(to: began),
                ended: Self.start.duration(to: .now)
            )
            let fenced = dead.isEmpty ? [] : try await controllers.fence(dead)
            turns.takeovers.increment(by: fenced.count)
            for one in fenced {
                logger.warning(
                    "controller is dead: its jobs are taken over",
                    metadata: [
                        "name": "\(one.name)", "controller": "\(one.number)", "jobs": "\(one.openJobs)",
                        "silent_seconds": "\(settings.patience / .seconds(1))",
                    ]
                )
            }
            if !fenced.isEmpty || sight.hasOrphans { await adopt() }
            onEnd(nil)
        } catch {
            watch.lookAway()
            onEnd(error)
        }
        return true
    }

    private static let start = ContinuousClock.now
}

/// What controllers did to each other, counted by this one.
struct ControllerTurns: Sendable {
    let takeovers: CounterCell
    let fenced: CounterCell

    init(_ metrics: MetricsRegistry) {
        takeovers = metrics.counter(
            "precached_takeovers_total",
            help: "Controllers that this one found dead, so that their jobs were taken over."
        ).cell()
        fenced = metrics.counter(
            "precached_fenced_total",
            help: "Times that others took this controller for dead, and it began anew."
        ).cell()
    }
}

/// Gauges of the controllers that share the database, and a line when this one's clock goes wrong.
struct ControllerGauges {
    /// How far the clock may be from the database server's.
    static let tolerance = Duration.seconds(1)

    private let logger: Logger
    private let living: GaugeCell
    private let info: Gauge
    private let jobs: Gauge
    private let silence: Gauge
    private let offset: GaugeCell
    private var isOff = false

    init(_ metrics: MetricsRegistry, _ logger: Logger) {
        self.logger = logger
        living = metrics.gauge("precached_controllers", help: "Controllers that aren't taken for dead.")
            .cell()
        info = metrics.gauge(
            "precached_controller_info",
            help: "1, with a controller's name, number and version.",
            labels: ["controller", "number", "version"]
        )
        jobs = metrics.gauge(
            "precached_controller_open_jobs",
            help: "Jobs that a controller has and that haven't ended.",
            labels: ["controller"]
        )
        silence = metrics.gauge(
            "precached_controller_beat_age_seconds",
            help: "How long ago a controller said that it is alive.",
            labels: ["controller"]
        )
        offset = metrics.gauge(
            "precached_clock_offset_seconds",
            help: "How far the database server's clock is ahead of this controller's."
        ).cell()
    }

    /// Takes who is there; those of one name count as one, as silent as the most silent of them.
    mutating func show(_ all: [ControllerRecord], own number: Int64, now: Timestamp) {
        living.set(Double(all.count))
        info.show(all.map { (labels: [$0.name, "\($0.number)", $0.version], value: 1) })
        let named = Dictionary(grouping: all, by: \.name)
        jobs.show(named.map { (label: $0, value: Double($1.reduce(0) { $0 + $1.openJobs })) })
        silence.show(
            named.map { name, those in
                let longest = those.map { $0.silence(at: now) }.max() ?? .zero
                return (label: name, value: longest / .seconds(1))
            }
        )
        if let own = all.first(where: { $0.number == number }) { look(own.clockOffset) }
    }

    private mutating func look(_ clockOffset: Duration) {
        offset.set(clockOffset / .seconds(1))
        let wasOff = isOff
        isOff = max(clockOffset, .zero - clockOffset) > Self.tolerance
        guard isOff != wasOff else { return }
        let facts: Logger.Metadata = ["server_ahead_seconds": "\(clockOffset / .seconds(1))"]
        if isOff {
            logger.warning(
                "this machine's clock isn't the database server's: what is kept has the server's hour, this log the machine's",
                metadata: facts
            )
        } else {
            logger.notice("this machine's clock agrees with the database server's again", metadata: facts)
        }
    }
}
