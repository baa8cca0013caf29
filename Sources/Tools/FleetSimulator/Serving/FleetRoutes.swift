import Digesting
import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// The agents' HTTP API (`api-spec/agent.yaml`), as far as the service and an operator use it, for every host of the
/// fleet: the request's `Host` field says which host is meant.
struct FleetRoutes: HTTPHandler {
    let desk: FleetDesk
    let token: String?

    private static let taskBytes = 1_048_576

    func reply(to request: Request) -> Reply { .later { await respond(to: request) } }

    private func respond(to request: Request) async -> Response {
        desk.count { $0.requests += 1 }
        do throws(Problem) {
            return try await answer(request)
        } catch {
            desk.count { $0.refused += 1 }
            return error.response(to: request)
        }
    }

    private func own(_ host: Int, _ secret: String) -> String {
        guard let name = try? HostName(desk.plan.name(of: host)) else { return secret }
        return HostToken(secret: secret, host: name)?.text ?? secret
    }

    private func answer(_ request: Request) async throws(Problem) -> Response {
        if request.path == "/healthz" || request.path == "/readyz" { return .text(Array("ok\n".utf8)) }
        if request.path == "/counts" { return .json(desk.counts.json()) }
        guard let name = request.header(.host), let host = desk.plan.index(host: name)
        else { throw Problem(.notFound, "not_found", "no host of this fleet") }
        if let token {
            let shown = request.header(.authorization) ?? ""
            // The secret itself too: what people script today is measured beside the service.
            let accepted = [token, own(host, token)]
            guard accepted.contains(where: { constantTimeEqual(shown, "Bearer \($0)") }) else {
                var problem = Problem(
                    .unauthorized,
                    "unauthorized",
                    "send the token that the fleet was given"
                )
                problem.headers[.wwwAuthenticate] = "Bearer"
                throw problem
            }
        }
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        switch (request.method, parts.count, parts.prefix(2)) {
        case (.put, 3, ["v1", "tasks"]): return try await put(parts[2], host, request)
        case (.delete, 3, ["v1", "tasks"]):
            guard let id = try? TaskID(parts[2]), desk.cancel(id, host: host) else {
                throw Problem(.notFound, "task_not_found", "there is no such task")
            }
            return Response(status: .noContent)
        case (.get, 2, ["v1", "images"]): return .json(images(of: host))
        case (.delete, 3, ["v1", "images"]):
            guard let id = try? ImageID(parts[2]), desk.remove(id, host: host) else {
                throw Problem(.notFound, "image_not_found", "there is no such image")
            }
            return Response(status: .noContent)
        default:
            let what = "\(request.method.rawValue) \(request.path)"
            throw Problem(.notFound, "not_found", "the fleet simulator doesn't know \(what)")
        }
    }

    private func put(_ name: String, _ host: Int, _ request: Request) async throws(Problem) -> Response {
        let id: TaskID
        do throws(InvalidValue) {
            id = try TaskID(name)
        } catch {
            throw .parameter("task", error.description)
        }
        let order = try await request.json(upTo: Self.taskBytes) { AgentTask(id: id, $0, &$1) }
        guard let response = desk.submit(order, host: host) else {
            throw Problem(.conflict, "stale_attempt", "attempt \(order.attempt) is over")
        }
        return response
    }

    private func images(of host: Int) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.array("images", desk.images(of: host)) { json, id in json.object { $0.member("id", id.text) }
            }
        }
        return json.bytes
    }

    // MARK: Answers

    static func lines(_ body: ResponseBody) -> Response {
        Response(headers: [.contentType: "application/jsonl", .cacheControl: "no-store"], body: body)
    }
}
