import APIDocuments
import HTTPDoor
package import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel
import Telemetry

/// Every route of the service's API, as `api-spec/service.yaml` describes them.
package final class ServiceRoutes: Sendable {
    let dependencies: ServiceDependencies
    let statuses: JobStatusCache
    let watch: JobWatch
    let pages: EventPages
    let idempotency: Idempotency
    let images: ImageSearch
    let refusedHeartbeats: RefusedHeartbeats
    let questions = AgentQuestions()
    let door: ServiceDoor

    /// Routes over these stores.
    package init(_ dependencies: ServiceDependencies) {
        self.dependencies = dependencies
        statuses = JobStatusCache(
            jobs: dependencies.jobs,
            progress: dependencies.progress,
            clock: dependencies.clock
        )
        watch = JobWatch(jobs: dependencies.jobs, stop: dependencies.stop)
        pages = EventPages(jobs: dependencies.jobs, logger: dependencies.logger)
        idempotency = Idempotency(digest: dependencies.digest)
        images = ImageSearch(
            catalogue: dependencies.inventory,
            imageService: dependencies.imageService
        )
        refusedHeartbeats = RefusedHeartbeats(dependencies.metrics, dependencies.logger)
        door = ServiceDoor(
            gate: dependencies.gate,
            stop: dependencies.stop,
            proxies: dependencies.proxies,
            refusedHeartbeats: refusedHeartbeats,
            clock: dependencies.clock,
            logger: dependencies.logger
        )
    }

    /// Registers all of them.
    package func add(to router: inout Router) {
        for route in RouteTable.service.routes + RouteTable.page.routes {
            router.on(route.method, route.pattern) { [self] request, parameters in
                door.reply(to: request, for: route.role) { [self] caller in
                    try route.body(
                        self,
                        Call(request: request, parameters: parameters, caller: caller, role: route.role)
                    )
                }
            }
        }
    }

    /// What a request that finds no route is answered: 404 and 405.
    package static func refusal(_ failure: HTTPFailure, _ request: Request) -> Response {
        Problem(failure).response(to: request)
    }

    /// Every route as `METHOD /path/{name}`, to hold against the API document.
    package static func list() -> [String] {
        RouteTable.service.routes.map { "\($0.method.rawValue) \($0.pattern)" }
    }

    /// Leaves an audit line: who did what.
    func tell(_ what: String, _ call: Call, _ facts: Logger.Metadata) {
        let who: Logger.Metadata = [
            "caller": "\(call.caller.name ?? "-")", "peer": "\(door.proxies.caller(of: call.request))",
        ]
        let line = call.request.marks.merging(who) { $1 }.merging(facts) { $1 }
        dependencies.logger.info("\(what)", metadata: line)
    }

    /// The body as JSON, read by `read`; the sender is looked at once more then, for a token may be revoked while its bearer
    /// takes the time to send.
    ///
    /// - Throws: As ``HTTPServing/Request/json(upTo:_:)``, and what a request is refused with at the door.
    func json<Value: Sendable>(
        _ call: Call,
        upTo limit: Int = 1_048_576,
        _ read: @escaping @Sendable (JSONValue, inout InputProblems) -> Value?
    ) async throws(Problem) -> Value {
        let value = try await call.request.json(upTo: limit, read)
        try await door.admitAgain(call)
        return value
    }

    func later(_ call: Call, _ work: @escaping @Sendable () async throws -> Response) -> Reply {
        door.later(call.request, work)
    }
}

/// The routes, each with what it does with a request whose sender may make it.
struct RouteTable: Sendable {
    struct Route: Sendable {
        let method: HTTPRequest.Method
        let pattern: String
        /// What its callers need; nil where anybody may ask.
        let role: Role?
        let body: @Sendable (ServiceRoutes, Call) throws -> Reply
    }

    private(set) var routes: [Route] = []

    /// All of them, in the order of the API document.
    static let service: RouteTable = {
        var table = RouteTable()
        ServiceRoutes.addJobs(to: &table)
        ServiceRoutes.addHosts(to: &table)
        ServiceRoutes.addAggregates(to: &table)
        ServiceRoutes.addCoverage(to: &table)
        ServiceRoutes.addCatalogue(to: &table)
        ServiceRoutes.addWebhooks(to: &table)
        ServiceRoutes.addPolicies(to: &table)
        ServiceRoutes.addOperation(to: &table)
        return table
    }()

    /// The page's files, which no API document describes.
    static let page: RouteTable = {
        var table = RouteTable()
        ServiceRoutes.addPage(to: &table)
        return table
    }()

    /// Adds a route that has something to wait for.
    mutating func on(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ role: Role?,
        _ body: @escaping @Sendable (ServiceRoutes, Call) async throws -> Response
    ) {
        atOnce(method, pattern, role) { service, call in
            service.later(call) { try await body(service, call) }
        }
    }

    /// Adds a route that may have the answer at hand.
    mutating func atOnce(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ role: Role?,
        _ body: @escaping @Sendable (ServiceRoutes, Call) throws -> Reply
    ) {
        routes.append(Route(method: method, pattern: pattern, role: role, body: body))
    }
}

extension ServiceRoutes {
    fileprivate static func addOperation(to table: inout RouteTable) {
        table.atOnce(.get, "/healthz", nil) { _, _ in .ready(.text(Array("ok\n".utf8))) }
        table.atOnce(.get, "/readyz", nil) { service, _ in
            let (stop, readiness) = (service.dependencies.stop, service.dependencies.readiness)
            let obstacle = stop.isRaised ? "the service is stopping" : readiness.obstacle()
            if let obstacle {
                throw Problem(.serviceUnavailable, "not_ready", obstacle).retryAfter(.seconds(2))
            }
            return .ready(.text(Array("ok\n".utf8)))
        }
        table.atOnce(.get, "/metrics", .reader) { service, _ in
            .ready(.text(service.dependencies.metrics.render(), type: MetricsRegistry.contentType))
        }
        table.on(.get, "/v1/controllers", .reader) { service, call in
            try call.refuseQuery()
            let controllers = service.dependencies.controllers
            let (all, now) = (try await controllers.all(), service.dependencies.clock())
            var json = JSONWriter()
            json.object { json in
                json.array("controllers", all) {
                    $0.controller($1, isAnswering: $1.number == controllers.number, at: now)
                }
            }
            return .json(json.bytes)
        }
        table.atOnce(.get, "/v1/whoami", .reader) { _, call in
            try call.refuseQuery()
            return .ready(Answers.one("caller") { $0.caller(call.caller) })
        }
        table.atOnce(.get, "/openapi.yaml", .reader) { _, _ in
            .ready(.text(APIDocuments.service, type: "application/yaml"))
        }
    }
}

extension JSONWriter {
    fileprivate mutating func controller(
        _ controller: ControllerRecord,
        isAnswering: Bool,
        at now: Timestamp
    ) {
        object { json in
            json.member("number", controller.number)
            json.member("name", controller.name)
            json.member("version", controller.version)
            json.member("started_at", controller.startedAt)
            json.member("seen_at", controller.seenAt)
            json.member("beat_age_seconds", seconds: controller.silence(at: now))
            json.member("clock_offset_seconds", seconds: controller.clockOffset)
            json.member("open_jobs", controller.openJobs)
            json.member("answering", isAnswering)
        }
    }

    /// Writes a length of time, to the millisecond.
    private mutating func member(_ name: StaticString, seconds: Duration) {
        key(name)
        raw(Array("\((seconds / .milliseconds(1)).rounded() / 1_000)".utf8))
    }

    /// Whom the service takes a caller for.
    fileprivate mutating func caller(_ caller: Caller) {
        object { json in
            json.member("name", caller.name)
            json.member("role", caller.role?.rawValue)
            json.member(
                "authentication",
                caller.isUnchecked ? "none" : caller.keystone == nil ? "token" : "keystone"
            )
            json.member("project", caller.keystone.flatMap { $0.projectName ?? $0.projectID })
            json.member("expires_at", caller.expiresAt)
        }
    }
}
