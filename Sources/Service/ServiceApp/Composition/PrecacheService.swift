import FanOut
import HTTPDoor
import HTTPServing
import Logging
import PrecacheModel
import ProgramKit
import Reactor
import ServiceAPI
import Store
import Telemetry

/// The service: everything put together, started and stopped in order.
///
/// Start: database, tokens, agents' link, socket, dispatcher. Stop: those who wait are let go and no connection is
/// accepted; the dispatcher claims nothing more and writes down what agents have said, who go on by themselves; the
/// database is closed. What is left then is as after a kill, which is as good: the rows say what is left to do.
struct PrecacheService: Sendable {
    let configuration: ServiceConfiguration
    let logger: Logger
    /// Whether services that can't go on with this version's schema are fenced.
    var takesOver = false

    /// Runs until it is told to stop; SIGHUP reloads the certificates.
    func run(_ signals: Signals) async throws {
        let engine = try await configuration.database.open(.service, takesOver: takesOver)
        let store: ServiceStore
        do {
            store = try await ServiceStore(
                engine,
                as: configuration.controllers.identity,
                limits: configuration.admission
            )
        } catch {
            await engine.close()
            throw error
        }
        do {
            try await run(with: store, signals)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        logger.info("stopped")
    }

    private func run(with store: ServiceStore, _ signals: Signals) async throws {
        let cloud = try configuration.cloud.map { try Cloud($0) }
        do {
            try await run(with: store, cloud, signals)
        } catch {
            await cloud?.stop()
            throw error
        }
        await cloud?.stop()
    }

    private func run(
        with store: ServiceStore,
        _ cloud: Cloud?,
        _ signals: Signals
    ) async throws {
        let sourcing = cloud.map { GlanceSourcing(glance: $0.glance) }
        let calling = try AgentCalling(
            configuration.agents,
            inFlight: configuration.dispatcher.maxInFlight,
            sourcing: sourcing,
            logger: logger
        )
        do {
            let serving = try EventLoopGroup(count: configuration.threads, name: "http")
            defer { serving.stop() }
            let parts = try await ServiceParts(configuration, store, cloud, calling: calling, logger)
            do {
                try await serve(parts, of: store.engine, on: serving, signals)
            } catch {
                await parts.end()
                throw error
            }
            await parts.end()
        } catch {
            await calling.stop()
            throw error
        }
        await calling.stop()
    }

    private func serve(
        _ parts: ServiceParts,
        of engine: any StoreEngine,
        on loops: EventLoopGroup,
        _ signals: Signals
    ) async throws {
        let requests = RequestMetrics(
            parts.metrics.histogram(
                "precached_http_request_seconds",
                help: "From a request's complete head to the last byte of its answer.",
                labels: ["method", "route", "status"],
                buckets: Histogram.requestSeconds
            ),
            sent: parts.metrics.counter(
                "precached_http_sent_bytes_total",
                help: "Bytes of answers' bodies."
            ).cell(),
            labels: .classes
        )
        let server = HTTPServer(
            configuration: configuration.server,
            loops: loops,
            logger: logger,
            handler: parts.router,
            observer: { requests.note($0) }
        )
        let certificates = ServerCertificates(of: server, prefix: "precached", in: parts.metrics, logger)
        let address = try await server.start()
        logger.info(
            "listening",
            metadata: [
                "address": "\(address.address)", "port": "\(address.port)",
                "tls": "\(configuration.server.tls != nil)",
                "auth": "\(configuration.authentication.rawValue)",
                "database": "\(configuration.database)", "version": "\(precacheVersion)",
            ]
        )
        certificates.checkEnd()
        await withTaskGroup(of: Void.self) { group in
            let dispatching = Task { await parts.dispatcher.run() }
            parts.addUpkeep(to: &group)
            // Also ends when the task is cancelled: the stop is then the same, with no time for anybody.
            await signals.untilStop(within: configuration.stopLimit) { certificates.reload() }
            logger.info("stopping", metadata: ["limit_seconds": "\(configuration.stopLimit / .seconds(1))"])
            parts.stop.raise()
            engine.beginClose()
            await server.stop(within: configuration.stopLimit / 2)
            parts.dispatcher.stop()
            await dispatching.value
            group.cancelAll()
        }
    }
}
