import HTTPServing
import HTTPTypes
import PrecacheAPI

/// A refusal in the terms of RFC 9457, with a stable `code`.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    var code: String
    var detail: String
    var errors: [FieldProblem] = []
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// 400 `invalid_input`, or another code, with what is wrong field by field.
    init(_ problems: InputProblems, code: String = "invalid_input") {
        let first = problems.list.first.map {
            $0.field.isEmpty ? "the body \($0.message)" : "\($0.field) \($0.message)"
        }
        let fields = problems.count == 1 ? "1 field is wrong" : "\(problems.count) fields are wrong"
        self.init(.badRequest, code, "\(fields): \(first ?? "")")
        errors = problems.list
    }

    /// 400 `bad_request` for a parameter of path or query.
    static func parameter(_ name: String, _ message: String, code: String = "bad_request") -> Problem {
        var problem = Problem(.badRequest, code, "\(name): \(message)")
        problem.errors = [FieldProblem(name, message)]
        return problem
    }

    /// 404 with the thing's own code.
    static func missing(_ subject: String, _ name: String) -> Problem {
        let known = ["aggregate", "host", "image", "job", "webhook"].contains(subject)
        let shown = name.count > 80 ? String(name.prefix(80)) + "…" : name
        return Problem(
            .notFound,
            known ? "\(subject)_not_found" : "not_found",
            "there is no \(subject) '\(shown)'"
        )
    }

    /// The same with a `Retry-After` field.
    func retryAfter(_ duration: Duration) -> Problem {
        var problem = self
        let (seconds, rest) = duration.components
        problem.headers[.retryAfter] = String(max(1, rest > 0 ? seconds + 1 : seconds))
        return problem
    }

    func response(to request: Request) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.member("type", "about:blank")
            json.member("title", status.reasonPhrase)
            json.member("status", status.code)
            json.member("detail", detail)
            json.member("code", code)
            if !errors.isEmpty {
                json.array("errors", errors) { json, error in
                    json.object { json in
                        json.member("field", error.field)
                        json.member("message", error.message)
                    }
                }
            }
            json.member("request_id", request.id)
        }
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .bytes(json.bytes))
    }
}
