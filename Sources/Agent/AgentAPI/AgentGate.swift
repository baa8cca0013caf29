import Digesting
import HTTPServing
import HTTPTypes

/// Lets in who shows the token or the service's certificate; health needs neither.
struct AgentGate: HTTPHandler {
    let access: AgentAccess
    let brake: AttemptBrake
    let inner: any HTTPHandler

    private static let open: Set<String> = ["/healthz", "/readyz"]

    func respond(to request: Request) async -> Response {
        guard !Self.open.contains(request.path), let refusal = refusal(request) else {
            return await inner.respond(to: request)
        }
        return refusal.response(to: request)
    }

    private func refusal(_ request: Request) -> Problem? {
        guard access.token != nil || access.clientName != nil else { return nil }
        let names = request.peer.certificate.map { [$0.commonName].compactMap(\.self) + $0.dnsNames }
        if let wanted = access.clientName, let names, names.contains(wanted) { return nil }
        let shown = request.header(.authorization)
        if let wait = brake.wait(for: request.peer.address) {
            let detail = "too many wrong tokens from this address; wait \(wait) s"
            return Problem(.tooManyRequests, "too_many_attempts", detail).retryAfter(wait)
        }
        if let token = access.token, let shown {
            if constantTimeEqual(shown, "Bearer \(token)") { return nil }
            brake.note(request.peer.address)
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
