package import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel

/// Every route of the service's API, as `api-spec/service.yaml` describes them.
package struct ServiceRoutes: Sendable {
    let dependencies: ServiceDependencies
    let statuses: JobStatusCache
    let watch: JobWatch
    let pages: EventPages
    let idempotency: Idempotency
    let images: ImageSearch

    /// Routes over these stores.
    package init(_ dependencies: ServiceDependencies) {
        self.dependencies = dependencies
        statuses = JobStatusCache(jobs: dependencies.jobs, progress: dependencies.progress)
        watch = JobWatch(jobs: dependencies.jobs, stop: dependencies.stop)
        pages = EventPages(jobs: dependencies.jobs)
        idempotency = Idempotency(digest: dependencies.digest)
        images = ImageSearch(
            catalogue: dependencies.inventory,
            imageService: dependencies.imageService
        )
    }

    /// A router with all of them.
    package func router() -> Router {
        var router = Router { failure, request in Problem(failure).response(to: request) }
        addJobs(to: &router)
        addHosts(to: &router)
        addAggregates(to: &router)
        addCatalogue(to: &router)
        addWebhooks(to: &router)
        addOperation(to: &router)
        return router
    }

    /// What a route does with a request whose sender may make it.
    typealias Body = @Sendable (Call) async throws -> Response

    /// The same where memory has the answer; nil if it hasn't.
    typealias QuickBody = @Sendable (Call) throws -> Response?

    /// Registers a route that asks for a role.
    func on(
        _ router: inout Router,
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ role: Role,
        quick: QuickBody? = nil,
        _ body: @escaping Body
    ) {
        let gate = dependencies.gate
        let (logger, stop) = (dependencies.logger, dependencies.stop)
        let atOnce = quick.map { quick -> Router.QuickHandler in
            { request, parameters in
                let admission = gate.admit(Self.credentials(of: request), peer: request.peer.address)
                if admission == .unfamiliar { return nil }
                do {
                    let caller = try Self.caller(admission, request, role, gate)
                    return try quick(Call(request: request, parameters: parameters, caller: caller))
                } catch {
                    return Self.refusal(error, request, isStopping: stop.isRaised, logger)
                }
            }
        }
        router.on(method, pattern, quick: atOnce) { request, parameters in
            do {
                let caller = try await Self.admit(request, role, gate)
                return try await body(Call(request: request, parameters: parameters, caller: caller))
            } catch {
                return Self.refusal(error, request, isStopping: stop.isRaised, logger)
            }
        }
    }

    /// Registers a route that anybody may ask.
    func open(_ router: inout Router, _ method: HTTPRequest.Method, _ pattern: String, _ body: @escaping Body)
    {
        let (logger, stop) = (dependencies.logger, dependencies.stop)
        router.on(method, pattern) { request, parameters in
            do {
                let nobody = Caller(name: nil, role: .reader)
                return try await body(Call(request: request, parameters: parameters, caller: nobody))
            } catch {
                return Self.refusal(error, request, isStopping: stop.isRaised, logger)
            }
        }
    }

    static func admit(
        _ request: Request,
        _ role: Role,
        _ gate: any Gatekeeper
    ) async throws(Problem) -> Caller {
        let admission = await gate.admission(of: credentials(of: request), peer: request.peer.address)
        return try caller(admission, request, role, gate)
    }

    private static func credentials(of request: Request) -> Credentials {
        Credentials(
            authorization: request.header(.authorization),
            authToken: request.header(.authToken)
        )
    }

    private static func caller(
        _ admission: Admission,
        _ request: Request,
        _ role: Role,
        _ gate: any Gatekeeper
    ) throws(Problem) -> Caller {
        switch admission {
        case .admitted(let caller):
            if caller.isUnchecked, let objection = BrowserGuard.objection(to: request) {
                throw Problem(
                    .forbidden,
                    "forbidden",
                    "without auth.mode 'tokens' this request is refused: \(objection); use the service's address, "
                        + "or tokens"
                )
            }
            guard caller.may(role) else {
                let has = caller.role?.rawValue ?? "none"
                let kind = caller.keystone == nil ? "token" : "Keystone user"
                throw Problem(
                    .forbidden,
                    "forbidden",
                    "this needs the role \(role.rawValue); the \(kind) \(caller.name ?? "") has \(has)"
                )
            }
            return caller
        case .refused, .unfamiliar:
            var problem = Problem(.unauthorized, "unauthorized", "send a token that this service honours")
            problem.headers[values: .wwwAuthenticate] = gate.challenges
            throw problem
        case .slowed(let wait):
            throw Problem(
                .tooManyRequests,
                "too_many_attempts",
                "too many wrong tokens came from this address"
            )
            .retryAfter(wait)
        case .unavailable(let wait):
            throw Problem(
                .serviceUnavailable,
                "identity_unavailable",
                "Keystone doesn't answer, so nobody knows now whether the token holds"
            )
            .retryAfter(wait)
        }
    }

    static func refusal(
        _ error: any Error,
        _ request: Request,
        isStopping: Bool,
        _ logger: Logger
    ) -> Response {
        let problem: Problem
        switch error {
        case let known as Problem: problem = known
        case _ where Task.isCancelled && !isStopping && isInterruption(error):
            // The peer has gone, and what that interrupted is no fault of ours: no alarm for it.
            problem = Problem(.badRequest, "bad_request", "the request ended before it was served")
        case let store as StoreError: problem = Problem(store)
        case let failure as HTTPFailure: problem = Problem(failure)
        default:
            problem = Problem(
                .internalServerError,
                "internal",
                "a fault of the service: its log tells more under this request's id"
            )
        }
        if problem.status.kind == .serverError {
            logger.error(
                "request failed",
                metadata: ["request": "\(request.id)", "code": "\(problem.code)", "error": "\(error)"]
            )
        }
        return problem.response(to: request)
    }

    /// Whether this can be what a read that was cancelled throws; a full disk, say, is always told.
    private static func isInterruption(_ error: any Error) -> Bool {
        if let store = error as? StoreError { return store.code == .failed }
        return error is CancellationError
    }
}
