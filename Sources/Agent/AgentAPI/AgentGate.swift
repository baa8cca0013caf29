import Digesting
import HTTPDoor
import HTTPServing
import HTTPTypes

/// Who may give this agent orders.
///
/// With neither a token nor a client name everybody may: for the loopback only.
package struct AgentAccess: Sendable {
    /// The bearer token that callers may show.
    package var token: String?
    /// The name that callers' verified certificates may carry, as common name or DNS name.
    package var clientName: String?

    package init(token: String?, clientName: String?) {
        self.token = token
        self.clientName = clientName
    }
}

/// Lets in who shows the token or the service's certificate; health needs neither.
struct AgentGate: HTTPHandler {
    let access: AgentAccess
    let brake: AttemptBrake
    let inner: any HTTPHandler

    /// After ten wrong tokens an address waits a minute.
    static let attempts = AttemptLimits(interval: .seconds(60), recovery: .whole)

    private static let open: Set<String> = ["/healthz", "/readyz"]

    func reply(to request: Request) -> Reply {
        guard !Self.open.contains(request.path), let refusal = refusal(request) else {
            return inner.reply(to: request)
        }
        return .ready(refusal.response(to: request))
    }

    private func refusal(_ request: Request) -> Problem? {
        guard access.token != nil || access.clientName != nil else { return nil }
        let names = request.peer.certificate.map { [$0.commonName].compactMap(\.self) + $0.dnsNames }
        if let wanted = access.clientName, let names, names.contains(wanted) { return nil }
        let shown = request.header(.authorization)
        if let wait = brake.wait(for: request.peer.address) {
            let seconds = wait.components.seconds + 1
            let detail = "too many wrong tokens from this address; wait \(seconds) s"
            return Problem(.tooManyRequests, "too_many_attempts", detail).retryAfter(.seconds(seconds))
        }
        if let token = access.token, let shown {
            if constantTimeEqual(shown, "Bearer \(token)") { return nil }
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
}
