import Digesting
import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// Who may give this agent orders.
///
/// With neither a token nor a client name everybody may but web pages: for the loopback only.
package struct AgentAccess: Sendable {
    /// The fleet's secret, of which callers show what it comes to for this host; or what it comes to (``HostToken``).
    package var token: String?
    /// The name that callers' verified certificates may carry, as common name or DNS name.
    package var clientName: String?
    /// Lets read the metrics, and nothing else.
    package var metricsToken: String?

    package init(token: String?, clientName: String?, metricsToken: String? = nil) {
        self.token = token
        self.clientName = clientName
        self.metricsToken = metricsToken
    }
}

/// Lets in who shows the token or the service's certificate; health needs neither.
///
/// The proof is looked at before the brake: a right one always comes in, whatever else came from its address.
struct AgentGate: HTTPHandler {
    let host: HostName
    let access: AgentAccess
    let brake: AttemptBrake
    let notices: RefusalNotices
    let inner: any HTTPHandler
    /// What the service shows for this host: the setting itself, or what it comes to.
    private let own: String?

    init(
        host: HostName,
        access: AgentAccess,
        brake: AttemptBrake,
        notices: RefusalNotices,
        inner: any HTTPHandler
    ) {
        self.host = host
        self.access = access
        self.brake = brake
        self.notices = notices
        self.inner = inner
        own = access.token.flatMap { token in
            HostToken.isOne(token) ? token : HostToken(secret: token, host: host)?.text
        }
    }

    /// After ten wrong tokens an address waits a minute before another is counted as more than noise.
    static let attempts = AttemptLimits(interval: .seconds(60), recovery: .whole)

    private static let open: Set<String> = ["/healthz", "/readyz"]

    func reply(to request: Request) -> Reply {
        // Neighbours show their certificates and the ticket of one image: what they ask is looked at where it is answered.
        guard !Self.open.contains(request.path) && !request.path.hasPrefix(AgentRoutes.relayPrefix),
            let refusal = refusal(request) ?? WrongHost.objection(to: request, host)
        else {
            return inner.reply(to: request)
        }
        notices.tell(refusal, request)
        return .ready(refusal.response(to: request))
    }

    private func refusal(_ request: Request) -> Problem? {
        guard access.token != nil || access.clientName != nil else {
            return BrowserGuard.objection(to: request, names: [host.text]).map { objection in
                let advice = "use the agent's address, or set token in its settings and send it"
                return Problem(
                    .forbidden,
                    "forbidden",
                    "without a token this request is refused: \(objection); \(advice)"
                )
            }
        }
        let names = request.peer.certificate.map { [$0.commonName].compactMap(\.self) + $0.dnsNames }
        if let wanted = access.clientName, let names, names.contains(wanted) { return nil }
        let shown = request.header(.authorization)
        if access.token != nil || access.metricsToken != nil, let shown {
            if let text = Credentials(authorization: shown).token {
                switch standing(text, request) {
                case .stranger: break
                case .service: return nil
                case .looker: return Self.isLook(request) ? nil : Self.mereSecret
                case .watcher: return request.path == "/metrics" ? nil : Self.mereMetrics
                case .meant: return WrongHost.objection(to: request, host)
                }
            }
            if let slowed = slowed(request) { return slowed }
            brake.failure(from: request.peer.address)
        }
        if let wanted = access.clientName, let names {
            let who = names.first.map { String($0.prefix(80)) } ?? "nobody"
            return Problem(
                .forbidden,
                "forbidden",
                "the certificate names \(who); this agent takes orders from \(wanted)"
            )
        }
        let ask =
            access.token == nil
            ? "show the service's certificate" : "send the token that this agent was given"
        var problem = Problem(.unauthorized, "unauthorized", ask)
        problem.headers[.wwwAuthenticate] = "Bearer"
        return problem
    }

    /// What a token shows about its bearer.
    private enum Standing {
        case stranger
        /// Has what was made for this host.
        case service
        /// Has the fleet's secret itself, as every host may that has no token of its own.
        case looker
        /// Has the token for metrics.
        case watcher
        /// Has what was made for another host.
        case meant
    }

    private func standing(_ shown: String, _ request: Request) -> Standing {
        if let own, constantTimeEqual(shown, own) { return .service }
        if let metrics = access.metricsToken, constantTimeEqual(shown, metrics) { return .watcher }
        guard let token = access.token else { return .stranger }
        // Who knows no secret knows no other host's token either.
        if HostToken.isOne(token) { return .stranger }
        if constantTimeEqual(shown, token) { return .looker }
        guard let name = request.header(.precacheHost), let wanted = try? HostName(name),
            let others = HostToken(secret: token, host: wanted), constantTimeEqual(shown, others.text)
        else { return .stranger }
        return .meant
    }

    /// Whether a request neither gives this host bytes nor takes any but those that nobody uses.
    private static func isLook(_ request: Request) -> Bool {
        request.method == .get || request.method == .head || request.path == "/v1/cache/sweep"
    }

    /// A secret that every host may have is no proof that the service speaks.
    private static let mereSecret = Problem(
        .forbidden,
        "forbidden",
        "the fleet's secret lets look, and gives no orders: the service shows what it comes to for this host "
            + "(`precached token agent --host NAME` prints that)"
    )

    private static let mereMetrics = Problem(.forbidden, "forbidden", "this token lets read /metrics alone")

    private func slowed(_ request: Request) -> Problem? {
        guard let wait = brake.wait(for: request.peer.address) else { return nil }
        let seconds = wait.components.seconds + 1
        let detail = "too many wrong tokens from this address; wait \(seconds) s"
        return Problem(.tooManyRequests, "too_many_attempts", detail).retryAfter(.seconds(seconds))
    }
}
