import AgentAPI
import HTTPDoor
import HTTPFetching
package import HTTPServing
import HTTPTypes
import ImageCache
import Logging
import PrecacheModel
import ProgramKit
import PullWork
import Reactor
package import Settings
import Synchronization
import Telemetry

/// The agent: the only place where its parts meet.
///
/// ``start()`` to be reachable, ``stop()`` to end; ``run(_:)`` does both, with signals in between.
package final class AgentProgram: Sendable {
    private let options: AgentOptions
    private let logger: Logger
    private let serving: EventLoopGroup
    private let fetching: EventLoop
    private let fetcher: HTTPFetcher
    private let cache: ImageCache?
    private let upkeep: CacheUpkeep?
    private let desk: TaskDesk
    private let server: HTTPServer
    private let certificates: ServerCertificates
    private let heartbeats: HeartbeatSender?
    private let beating = Mutex<Task<Void, Never>?>(nil)
    private let tidying = Mutex<Task<Void, Never>?>(nil)

    /// Puts the agent together and opens its cache; blocks while it reads the cache's records.
    ///
    /// - Throws: ``AgentStartError`` that names what mends it.
    package convenience init(_ values: SettingsValues) throws(AgentStartError) {
        try self.init(AgentOptions(values))
    }

    /// The same with settings that are checked already.
    init(_ options: AgentOptions) throws(AgentStartError) {
        self.options = options
        logger = Logger(label: "agent")
        do {
            cache = try options.cache.map { configuration throws(CacheError) in
                try ImageCache(configuration)
            }
        } catch {
            throw AgentStartError("cache.directory \(options.cache?.directory ?? "") can't be used: \(error)")
        }
        let metrics = MetricsRegistry()
        ProcessMetrics.register(in: metrics)
        metrics.gauge(
            "precache_agent_build_info",
            help: "1, with the program's version.",
            labels: ["version"]
        )
        .set(1, precacheVersion)
        metrics.observed(
            .gauge,
            "precache_agent_reserved_bytes",
            help: "Bytes promised to downloads that aren't on the disk yet."
        ) { [cache] in Double(cache?.reservedBytes ?? 0) }
        upkeep = try Self.upkeep(of: cache, options, metrics)
        do {
            serving = try EventLoopGroup(count: 1, name: "http-in")
            fetching = try EventLoop(name: "http-out")
            fetcher = try HTTPFetcher(
                loop: fetching,
                // A mesh has some ten neighbours for each image; a piece shouldn't cost a handshake.
                configuration: FetcherConfiguration(
                    idleConnections: 256,
                    idleTime: .seconds(30),
                    tlsSessions: 256,
                    userAgent: "precache-agent/\(precacheVersion)"
                )
            )
        } catch {
            throw AgentStartError("the agent can't start its threads: \(error)")
        }
        let work = PullMetrics(metrics)
        let shelf = RelayShelf(
            uploads: options.uploads,
            bytesPerSecond: options.uploadRate,
            loop: fetching,
            metrics: work
        )
        desk = TaskDesk(
            cache: cache,
            room: upkeep,
            fetcher: fetcher,
            shelf: shelf,
            loop: fetching,
            configuration: options.pull,
            metrics: work,
            logger: Logger(label: "pull")
        )
        let routes = AgentRoutes(
            host: options.host,
            desk: desk,
            cache: cache,
            upkeep: upkeep,
            shelf: shelf,
            metrics: metrics,
            access: options.access,
            logger: logger
        )
        let requests = RequestMetrics(
            metrics.histogram(
                "precache_agent_http_request_seconds",
                help: "Time to answer a request, streams included, by method, route and status.",
                labels: ["method", "route", "status"],
                buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600]
            ),
            labels: .exact
        )
        let requestLogger = Logger(label: "http")
        server = HTTPServer(
            configuration: options.server,
            loops: serving,
            logger: Logger(label: "http"),
            handler: routes.handler(),
            observer: { record in
                requests.note(record)
                Self.tell(record, requestLogger)
            }
        )
        certificates = ServerCertificates(of: server, prefix: "precache_agent", in: metrics, logger)
        let counter = metrics.counter(
            "precache_agent_heartbeats_total",
            help: "Heartbeats sent to the service, by result.",
            labels: ["result"]
        )
        let (host, fetcher, fetching, cache, desk) = (options.host, fetcher, fetching, cache, desk)
        let upkeep = upkeep
        heartbeats = options.heartbeat.map { heartbeat in
            HeartbeatSender(
                options: heartbeat,
                host: host,
                fetcher: fetcher,
                loop: fetching,
                cache: cache,
                upkeep: upkeep,
                desk: desk,
                capabilities: { Self.capabilities(options) },
                sent: counter,
                logger: Logger(label: "heartbeat")
            )
        }
    }

    /// What heartbeats say that it can, by the files that are there now.
    static func capabilities(_ options: AgentOptions) -> [String] {
        options.pull.mesh?.identity == nil ? [] : [HeartbeatRecord.relay]
    }

    private static func upkeep(
        of cache: ImageCache?,
        _ options: AgentOptions,
        _ metrics: MetricsRegistry
    ) throws(AgentStartError) -> CacheUpkeep? {
        guard let cache else { return nil }
        do {
            return try CacheUpkeep(
                cache: cache,
                configuration: options.upkeep,
                metrics: UpkeepMetrics(metrics),
                logger: Logger(label: "upkeep")
            )
        } catch {
            throw AgentStartError("cache.directory \(cache.configuration.directory) can't be used: \(error)")
        }
    }

    /// Listens, serves, and begins heartbeats and the cache's upkeep.
    ///
    /// - Returns: The address, with the port that the system chose where 0 was asked for.
    package func start() async throws(AgentStartError) -> SocketAddress {
        let bound: SocketAddress
        do {
            bound = try await server.start()
        } catch {
            throw AgentStartError("\(error)", isOfConfiguration: error.isOfConfiguration)
        }
        logger.notice(
            "listening",
            metadata: [
                "address": "\(bound.address)", "port": "\(bound.port)", "host": "\(options.host)",
                "tls": "\(options.server.tls != nil)", "cache": "\(options.cache?.directory ?? "none")",
                "instances": "\(options.cache?.instances ?? "none")",
                "version": "\(precacheVersion)",
            ]
        )
        certificates.checkEnd()
        if let heartbeats {
            beating.withLock { $0 = Task(executorPreference: fetching) { await heartbeats.run() } }
        }
        if let upkeep { tidying.withLock { $0 = Task { await upkeep.run() } } }
        return bound
    }

    /// Reads the files of certificates and of credentials again; blocks.
    package func reload() {
        var isUsable = true
        if let path = options.credentialsFile, let credentials = options.pull.credentials {
            do throws(SourceAccessError) {
                try credentials.replace(by: CredentialsFile.text(of: path))
                logger.notice("credentials for sources reloaded")
            } catch {
                isUsable = false
                logger.error(
                    "credentials for sources not reloaded; those in use stay",
                    metadata: ["path": "\(path)", "error": "\(error)"]
                )
            }
        }
        if let identity = options.identity {
            do {
                try identity.reload()
            } catch {
                isUsable = false
                logger.error(
                    "certificate not taken for exchanges of images; the one in use stays",
                    metadata: ["error": "\(error)"]
                )
            }
        }
        certificates.reload(others: isUsable)
    }

    /// Ends: no new work, streams and downloads stop where they are and are kept, requests in hand finish.
    package func stop() async {
        logger.notice("stopping")
        let beat = beating.withLock { $0 }
        beat?.cancel()
        let tidy = tidying.withLock { $0 }
        tidy?.cancel()
        async let drained: Void = server.stop(within: options.stopLimit)
        await desk.stop()
        await drained
        await beat?.value
        await tidy?.value
        await fetcher.stop()
        fetching.stop()
        serving.stop()
        logger.notice("stopped")
    }

    /// Runs until it is told to stop; SIGHUP reloads certificates and credentials.
    func run(_ signals: Signals) async throws(AgentStartError) {
        _ = try await start()
        // Besides requests in hand, what runs on the disk has to come to its end.
        await signals.untilStop(within: options.stopLimit + .seconds(30)) { reload() }
        await stop()
    }

    /// Logs what became of a request; never its query or headers.
    private static func tell(_ record: RequestRecord, _ logger: Logger) {
        logger.debug(
            "request",
            metadata: record.marks.merging([
                "method": "\(record.method?.rawValue ?? "")", "route": "\(record.route ?? "")",
                "status": "\(record.status)", "peer": "\(record.peer.address)",
            ]) { $1 }
        )
    }
}

/// Why the agent doesn't start, with what mends it.
package struct AgentStartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason.
    package let description: String
    /// Whether it stays until somebody changes the settings, or a file that they name.
    let isOfConfiguration: Bool

    init(_ description: String, isOfConfiguration: Bool = false) {
        self.description = description
        self.isOfConfiguration = isOfConfiguration
    }
}
