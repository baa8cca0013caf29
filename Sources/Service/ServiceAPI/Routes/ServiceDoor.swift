import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel

/// Lets requests in, and says what a refusal looks like.
struct ServiceDoor: Sendable {
    let gate: any Gatekeeper
    let stop: StopSignal
    let proxies: TrustedProxies
    let refusedHeartbeats: RefusedHeartbeats
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    private let refusedChanges: RefusedChanges
    private let notices: RefusalNotices

    init(
        gate: any Gatekeeper,
        stop: StopSignal,
        proxies: TrustedProxies,
        refusedHeartbeats: RefusedHeartbeats,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.gate = gate
        self.stop = stop
        self.proxies = proxies
        self.refusedHeartbeats = refusedHeartbeats
        self.clock = clock
        self.logger = logger
        refusedChanges = RefusedChanges(logger)
        notices = RefusalNotices(logger)
    }

    /// The reply of `body` to whoever sent a request and has the role; without a role anybody may ask.
    ///
    /// A token that memory knows costs no task. One that is new has to be looked up first. What a request shows where no other
    /// does is given as `shown`.
    func reply(
        to request: Request,
        for role: Role?,
        showing shown: Credentials? = nil,
        _ body: @escaping @Sendable (Caller) throws -> Reply
    ) -> Reply {
        guard let role else { return refusing(request) { try body(Caller(name: nil, role: .reader)) } }
        let (credentials, peer) = (shown ?? Self.credentials(of: request), proxies.caller(of: request))
        let admission = gate.admit(credentials, peer: peer)
        guard admission == .unfamiliar else {
            return refusing(request) { try body(caller(admission, request, role)) }
        }
        return .later { [self] in
            let admission = await gate.admitAnew(credentials, peer: peer)
            return await refusing(request) { try body(caller(admission, request, role)) }.response()
        }
    }

    /// What is left to do for a request; an error that it throws becomes the refusal.
    func later(_ request: Request, _ work: @escaping @Sendable () async throws -> Response) -> Reply {
        .later { [self] in
            do {
                var response = try await work()
                response.headers[.requestID] = request.id
                return response
            } catch {
                return refusal(error, request)
            }
        }
    }

    private func refusing(_ request: Request, _ body: () throws -> Reply) -> Reply {
        do {
            return try body()
        } catch {
            return .ready(refusal(error, request))
        }
    }

    /// Whether whoever was let in with these credentials still would be.
    ///
    /// While that can't be found out it is taken to be so.
    func stillAdmits(_ request: Request, _ role: Role) async -> Bool {
        switch await gate.admission(of: Self.credentials(of: request), peer: proxies.caller(of: request)) {
        case .admitted(let caller): return caller.may(role)
        case .refused, .unfamiliar: return false
        // Somebody else at that address guesses.
        case .slowed: return true
        case .unavailable(let wait):
            // Whoever is watched so shouldn't be asked about each second meanwhile.
            try? await Task.sleep(for: wait)
            return true
        }
    }

    /// Throws unless whoever was let in with a request would be now that its body is complete.
    func admitAgain(_ call: Call) async throws(Problem) {
        guard let role = call.role else { return }
        let (credentials, peer) = (Self.credentials(of: call.request), proxies.caller(of: call.request))
        _ = try caller(await gate.admission(of: credentials, peer: peer), call.request, role)
    }

    private static func credentials(of request: Request) -> Credentials {
        Credentials(
            authorization: request.header(.authorization),
            authToken: request.header(.authToken)
        )
    }

    /// Whom an admission lets in with this role.
    func caller(
        _ admission: Admission,
        _ request: Request,
        _ role: Role
    ) throws(Problem) -> Caller {
        do throws(Problem) {
            return try known(admission, request, role)
        } catch {
            // Only heartbeats ask for this role.
            if role == .agent {
                if error.status.kind != .serverError { note(error, request) }
            } else if [.refused, .unfamiliar].contains(admission), !Self.credentials(of: request).isEmpty {
                // Who sends no token tries none.
                notices.tell(error, request, from: proxies.caller(of: request))
            }
            throw error
        }
    }

    /// Notes a heartbeat whose sender isn't let in.
    private func note(_ problem: Problem, _ request: Request) {
        let parts = request.path.split(separator: "/")
        guard parts.count == 4, let host = try? HostName(String(parts[2])) else { return }
        let address = proxies.caller(of: request)
        refusedHeartbeats.note(host, from: address, .refusedToken, problem.detail, now: clock())
    }

    private func known(
        _ admission: Admission,
        _ request: Request,
        _ role: Role
    ) throws(Problem) -> Caller {
        switch admission {
        case .admitted(let caller):
            if caller.isUnchecked, let objection = BrowserGuard.objection(to: request, servesPage: true) {
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
                refusedChanges.note(
                    request,
                    of: caller,
                    from: proxies.caller(of: request),
                    why: "it needs the role \(role.rawValue)"
                )
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
            let detail = "too many wrong tokens came from this address"
            throw Problem(.tooManyRequests, "too_many_attempts", detail).retryAfter(wait)
        case .unavailable(let wait):
            let detail = "Keystone doesn't answer, so nobody knows now whether the token holds"
            throw Problem(.serviceUnavailable, "identity_unavailable", detail).retryAfter(wait)
        }
    }

    /// What a request is answered that was refused or went wrong.
    func refusal(_ error: any Error, _ request: Request) -> Response {
        let problem: Problem
        switch error {
        case let known as Problem: problem = known
        case _ where Task.isCancelled && !stop.isRaised && Self.isInterruption(error):
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
                metadata: request.marks.merging(["code": "\(problem.code)", "error": "\(error)"]) { $1 }
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
