package import HTTPServing
import HTTPTypes
package import ImageCache
package import Logging
import PrecacheAPI
package import PullWork
package import Telemetry

/// The agent's HTTP API, as `api-spec/agent.yaml` describes it.
package struct AgentRoutes: Sendable {
    let desk: TaskDesk
    let cache: ImageCache?
    let upkeep: CacheUpkeep?
    let metrics: MetricsRegistry
    let logger: Logger
    private let access: AgentAccess

    /// The largest body that a task may have.
    static let taskBytes = 1_048_576

    /// Puts the API together.
    ///
    /// - Parameters:
    ///   - desk: What takes tasks.
    ///   - cache: What is listed and asked for readiness; nil where the host's storage needs none.
    ///   - upkeep: What removes, sweeps and tells who uses what; nil as with the cache.
    ///   - metrics: What `/metrics` shows.
    ///   - access: Who may call.
    ///   - logger: For faults of ours; requests are logged by the server's observer.
    package init(
        desk: TaskDesk,
        cache: ImageCache?,
        upkeep: CacheUpkeep?,
        metrics: MetricsRegistry,
        access: AgentAccess,
        logger: Logger
    ) {
        self.desk = desk
        self.cache = cache
        self.upkeep = upkeep
        self.metrics = metrics
        self.access = access
        self.logger = logger
    }

    /// What answers requests.
    package func handler() -> any HTTPHandler {
        AgentGate(access: access, brake: AttemptBrake(), inner: router())
    }

    /// Every route, for the check against the API document.
    func router() -> Router {
        let logger = logger
        var router = Router { failure, request in
            if let underlying = failure.underlying {
                logger.error(
                    "request failed",
                    metadata: ["request": "\(request.id)", "error": "\(underlying)"]
                )
            }
            return Problem(failure).response(to: request)
        }
        addTasks(to: &router)
        addImages(to: &router)
        addCache(to: &router)
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
            do throws(Problem) {
                return try await handler(request, parameters)
            } catch {
                return error.response(to: request)
            }
        }
    }

    static func json(_ bytes: [UInt8]) -> Response {
        Response(
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .bytes(bytes)
        )
    }

    static func text(_ bytes: [UInt8], type: String = "text/plain; charset=utf-8") -> Response {
        Response(headers: [.contentType: type, .cacheControl: "no-store"], body: .bytes(bytes))
    }
}
