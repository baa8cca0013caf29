import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheModel

/// Lets requests in, settles their version, and turns what goes wrong into Nova's faults.
struct NovaDoor: Sendable {
    private let gate: any Gatekeeper
    private let proxies: TrustedProxies
    private let policy: NovaPolicy
    private let refusedChanges: RefusedChanges
    private let logger: Logger
    private let notices: RefusalNotices

    init(_ dependencies: NovaDependencies) {
        gate = dependencies.gate
        proxies = dependencies.proxies
        policy = NovaPolicy(imagesRole: dependencies.imagesRole)
        refusedChanges = RefusedChanges(dependencies.logger)
        logger = dependencies.logger
        notices = RefusalNotices(dependencies.logger)
    }

    /// Answers a request of a resource that there is since a version.
    func serve(
        _ request: Request,
        _ parameters: PathParameters,
        since: Microversion,
        _ body: NovaRoutes.Body
    ) async -> Response {
        let caller: Caller
        switch await admit(request) {
        case .success(let known): caller = known
        case .failure(let refused): return refused.response
        }
        var version: Microversion?
        var response: Response
        do {
            let asked = try Microversion.asked(by: request)
            version = asked
            try Self.checkType(request)
            let call = NovaCall(
                request: request,
                parameters: parameters,
                caller: caller,
                version: asked,
                policy: policy,
                admitAgain: { [self] in
                    // A grant that changed meanwhile has to be asked for again.
                    let again = try await admit(request).get()
                    if again != caller { throw refused() }
                }
            )
            try call.checkProject()
            guard asked >= since else { throw NovaFault.notFound() }
            response = try await body(call)
        } catch let refused as Refused {
            return refused.response
        } catch {
            let fault = fault(for: error, request)
            if fault.status == .forbidden {
                refusedChanges.note(
                    request,
                    of: caller,
                    from: proxies.caller(of: request),
                    why: fault.message
                )
            }
            response = fault.response()
        }
        version?.mark(&response.headers)
        return response
    }

    /// Answers what needs no token but has a version.
    static func versioned(
        _ request: Request,
        _ body: (Microversion) throws(NovaFault) -> Response
    ) -> Response {
        do throws(NovaFault) {
            let version = try Microversion.asked(by: request)
            var response = try body(version)
            version.mark(&response.headers)
            return response
        } catch {
            return error.response()
        }
    }

    /// An answer that is ready before the request was looked at.
    private struct Refused: Error {
        let response: Response
    }

    private func refused() -> Refused { Refused(response: Unauthorized.response(gate.challenges)) }

    private func admit(_ request: Request) async -> Result<Caller, Refused> {
        // Nova's clients say `X-Auth-Token` and nothing else.
        let credentials = Credentials(authToken: request.header(.authToken))
        switch await gate.admission(of: credentials, peer: proxies.caller(of: request)) {
        case .admitted(let caller):
            if caller.isUnchecked, let objection = BrowserGuard.objection(to: request) {
                let message = "Without authentication this request is refused: \(objection)."
                return .failure(Refused(response: NovaFault(.forbidden, message).response()))
            }
            return .success(caller)
        case .refused, .unfamiliar:
            if !credentials.isEmpty {
                let told = Problem(.unauthorized, "unauthorized", "the token isn't one that holds")
                notices.tell(told, request, from: proxies.caller(of: request))
            }
            return .failure(refused())
        case .slowed(let wait):
            var fault = NovaFault(.tooManyRequests, "Too many wrong tokens came from this address.")
            fault.headers[.retryAfter] = String(max(1, wait.components.seconds + 1))
            return .failure(Refused(response: fault.response()))
        case .unavailable(let wait):
            var fault = NovaFault(
                .serviceUnavailable,
                "Keystone doesn't answer, so nobody knows now whether the token holds."
            )
            fault.headers[.retryAfter] = String(max(1, wait.components.seconds + 1))
            return .failure(Refused(response: fault.response()))
        }
    }

    /// Throws 415 for a body of a type that isn't JSON's; `text/plain` counts as none, as in Nova.
    private static func checkType(_ request: Request) throws(NovaFault) {
        guard let field = request.header(.contentType) else { return }
        let type = field.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let known = ["", "text/plain", "application/json", "application/vnd.openstack.compute+json"]
        guard known.contains(type) else { throw NovaFault(.unsupportedMediaType, "Unsupported Content-Type") }
    }

    private func fault(for error: any Error, _ request: Request) -> NovaFault {
        switch error {
        case let fault as NovaFault: return fault
        case let failure as HTTPFailure: return NovaFault(failure)
        case let store as StoreError:
            if store.code != .tooMany { tell(error, request) }
            return NovaFault(store)
        default:
            tell(error, request)
            return NovaFault(
                .internalServerError,
                "Unexpected API Error. The log of precached tells more under this request's id."
            )
        }
    }

    private func tell(_ error: any Error, _ request: Request) {
        guard !Task.isCancelled else { return }
        logger.error("request failed", metadata: request.marks.merging(["error": "\(error)"]) { $1 })
    }
}

/// Which role each rule asks for: Nova's defaults.
struct NovaPolicy: Sendable {
    /// The role that may start jobs here; in Nova it takes an administrator.
    let imagesRole: Role

    /// Throws 403 unless the caller's role allows it.
    func check(_ rule: NovaRule, _ caller: Caller) throws(NovaFault) {
        let isAllowed =
            switch rule {
            // Nova has it for anyone with a token of Keystone's, whatever its roles. Agents are nobody there.
            case .listZones: caller.role != .agent
            case .cacheImages: caller.may(imagesRole)
            default: caller.may(.admin)
            }
        guard isAllowed else {
            throw NovaFault(.forbidden, "Policy doesn't allow \(rule.rawValue) to be performed.")
        }
    }
}

/// What Nova's policy asks permission for, by the names of its rules (nova/policies).
enum NovaRule: String, Sendable {
    case listAggregates = "os_compute_api:os-aggregates:index"
    case createAggregate = "os_compute_api:os-aggregates:create"
    case showAggregate = "os_compute_api:os-aggregates:show"
    case updateAggregate = "os_compute_api:os-aggregates:update"
    case deleteAggregate = "os_compute_api:os-aggregates:delete"
    case addHost = "os_compute_api:os-aggregates:add_host"
    case removeHost = "os_compute_api:os-aggregates:remove_host"
    case setMetadata = "os_compute_api:os-aggregates:set_metadata"
    /// Younger than the rest, hence its other prefix.
    case cacheImages = "compute:aggregates:images"
    case listServices = "os_compute_api:os-services:list"
    case listHypervisors = "os_compute_api:os-hypervisors:list"
    case listHypervisorsInDetail = "os_compute_api:os-hypervisors:list-detail"
    case showHypervisor = "os_compute_api:os-hypervisors:show"
    /// For anyone with a token but agents.
    case listZones = "os_compute_api:os-availability-zone:list"
    case listZonesInDetail = "os_compute_api:os-availability-zone:detail"
}
