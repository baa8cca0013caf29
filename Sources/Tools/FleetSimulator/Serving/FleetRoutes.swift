import Digesting
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
    private static let host = HTTPField.Name("Host")

    func respond(to request: Request) async -> Response {
        desk.count { $0.requests += 1 }
        do throws(HTTPFailure) {
            return try await answer(request)
        } catch {
            desk.count { $0.refused += 1 }
            return Self.problem(error)
        }
    }

    private func answer(_ request: Request) async throws(HTTPFailure) -> Response {
        if request.path == "/healthz" || request.path == "/readyz" { return Self.text("ok\n") }
        guard let name = Self.host.flatMap({ request.header($0) }), let host = desk.plan.index(host: name)
        else { throw HTTPFailure(status: .notFound, code: "not_found", message: "no host of this fleet") }
        if let token {
            let shown = request.header(.authorization) ?? ""
            guard constantTimeEqual(shown, "Bearer \(token)") else {
                throw HTTPFailure(
                    status: .unauthorized,
                    code: "unauthorized",
                    message: "send the token that the fleet was given",
                    headers: [.wwwAuthenticate: "Bearer"]
                )
            }
        }
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        switch (request.method, parts.count, parts.prefix(2)) {
        case (.put, 3, ["v1", "tasks"]): return try await put(parts[2], host, request)
        case (.delete, 3, ["v1", "tasks"]):
            guard let id = try? TaskID(parts[2]), desk.cancel(id, host: host) else {
                throw HTTPFailure(status: .notFound, code: "task_not_found", message: "there is no such task")
            }
            return Response(status: .noContent)
        case (.get, 2, ["v1", "images"]): return Self.json(images(of: host))
        case (.delete, 3, ["v1", "images"]):
            guard let id = try? ImageID(parts[2]), desk.remove(id, host: host) else {
                throw HTTPFailure(
                    status: .notFound,
                    code: "image_not_found",
                    message: "there is no such image"
                )
            }
            return Response(status: .noContent)
        default:
            throw HTTPFailure(
                status: .notFound,
                code: "not_found",
                message: "the fleet simulator doesn't know \(request.method.rawValue) \(request.path)"
            )
        }
    }

    private func put(_ name: String, _ host: Int, _ request: Request) async throws(HTTPFailure) -> Response {
        let body = try await request.body.collect(upTo: Self.taskBytes)
        let id: TaskID
        do throws(InvalidValue) {
            id = try TaskID(name)
        } catch {
            throw HTTPFailure(status: .badRequest, code: "invalid_parameter", message: "\(error)")
        }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONParser.parse(body)
        } catch {
            throw HTTPFailure(status: .badRequest, code: "malformed_json", message: "\(error)")
        }
        var problems = InputProblems()
        guard let order = AgentTask(id: id, value, &problems) else {
            let all = problems.list.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
            throw HTTPFailure(status: .badRequest, code: "invalid_input", message: all)
        }
        guard let response = desk.submit(order, host: host) else {
            throw HTTPFailure(
                status: .conflict,
                code: "stale_attempt",
                message: "attempt \(order.attempt) is over"
            )
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

    private static func json(_ bytes: [UInt8]) -> Response {
        Response(headers: [.contentType: "application/json", .cacheControl: "no-store"], body: .bytes(bytes))
    }

    private static func text(_ text: String) -> Response {
        Response(headers: [.contentType: "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
    }

    private static func problem(_ failure: HTTPFailure) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "about:blank")
            json.member("title", failure.status.reasonPhrase)
            json.member("status", failure.status.code)
            json.member("detail", failure.message)
            json.member("code", failure.code)
        }
        var headers = failure.headers
        headers[.contentType] = "application/problem+json"
        return Response(status: failure.status, headers: headers, body: .bytes(json.bytes))
    }
}
