import APIDocuments
import HTTPDoor
package import HTTPServing
import HTTPTypes
package import ImageCache
package import Logging
package import PrecacheModel
package import PullWork
package import Telemetry

/// The agent's HTTP API, as `api-spec/agent.yaml` describes it.
package struct AgentRoutes: Sendable {
    let host: HostName
    let desk: TaskDesk
    let cache: ImageCache?
    let upkeep: CacheUpkeep?
    let shelf: RelayShelf
    /// Whether neighbours need no certificate: in tests, on the loopback.
    let givesPlain: Bool
    let metrics: MetricsRegistry
    let logger: Logger
    private let access: AgentAccess

    /// The largest body that a task may have: 256 images with URLs of 8 KiB, and what is about them.
    package static let taskBytes = 4_194_304

    /// Puts the API together.
    ///
    /// - Parameters:
    ///   - host: This host's name: orders for another are refused.
    ///   - desk: What takes tasks.
    ///   - cache: What is listed and asked for readiness; nil where the host's storage needs none.
    ///   - upkeep: What removes, sweeps and tells who uses what; nil as with the cache.
    ///   - shelf: What neighbours may have.
    ///   - givesPlain: Whether they need no certificate.
    ///   - metrics: What `/metrics` shows.
    ///   - access: Who may call.
    ///   - logger: Told who was refused, and why.
    package init(
        host: HostName,
        desk: TaskDesk,
        cache: ImageCache?,
        upkeep: CacheUpkeep?,
        shelf: RelayShelf = RelayShelf(),
        givesPlain: Bool = false,
        metrics: MetricsRegistry,
        access: AgentAccess,
        logger: Logger
    ) {
        self.host = host
        self.desk = desk
        self.cache = cache
        self.upkeep = upkeep
        self.shelf = shelf
        self.givesPlain = givesPlain
        self.metrics = metrics
        self.access = access
        self.logger = logger
    }

    /// What answers requests.
    package func handler() -> any HTTPHandler {
        AgentGate(
            host: host,
            access: access,
            brake: AttemptBrake(AgentGate.attempts),
            notices: RefusalNotices(logger),
            inner: router()
        )
    }

    /// Every route, for the check against the API document.
    func router() -> Router {
        var router = Router { failure, request in Problem(failure).response(to: request) }
        addTasks(to: &router)
        addImages(to: &router)
        addCache(to: &router)
        addRelay(to: &router)
        addOperation(to: &router)
        return router
    }

    /// Registers a handler that refuses with a ``Problem``.
    func on(
        _ router: inout Router,
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ handler: @escaping @Sendable (Request, PathParameters) async throws(Problem) -> Response
    ) {
        router.on(method, pattern) { request, parameters in
            .later {
                do throws(Problem) {
                    return try await handler(request, parameters)
                } catch {
                    return error.response(to: request)
                }
            }
        }
    }

    private func addOperation(to router: inout Router) {
        let (cache, metrics) = (cache, metrics)
        router.on(.get, "/healthz") { _, _ in .ready(.text(Array("ok\n".utf8))) }
        on(&router, .get, "/readyz") { _, _ throws(Problem) in
            do throws(CacheError) {
                try await cache?.checkWritable()
            } catch {
                let detail = "the cache directory doesn't take files: \(error.description)"
                throw Problem(.serviceUnavailable, "not_ready", detail).retryAfter(.seconds(10))
            }
            return .text(Array("ok\n".utf8))
        }
        router.on(.get, "/metrics") { _, _ in
            .ready(.text(metrics.render(), type: MetricsRegistry.contentType))
        }
        router.on(.get, "/openapi.yaml") { _, _ in
            .ready(.text(APIDocuments.agent, type: "application/yaml"))
        }
    }
}
