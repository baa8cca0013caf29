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

    /// 400 `invalid_input` with what is wrong field by field.
    init(_ problems: InputProblems) {
        let first = problems.list.first.map {
            $0.field.isEmpty ? "the body \($0.message)" : "\($0.field) \($0.message)"
        }
        let fields = problems.count == 1 ? "1 field is wrong" : "\(problems.count) fields are wrong"
        self.init(.badRequest, "invalid_input", "\(fields): \(first ?? "")")
        errors = problems.list
    }

    /// What the server or the router refused; its codes are the API document's.
    init(_ failure: HTTPFailure) {
        self.init(failure.status, failure.code, failure.message)
        headers = failure.headers
    }

    /// The same with a `Retry-After` field of whole seconds, at least 1.
    func retryAfter(_ seconds: Int64) -> Problem {
        var problem = self
        problem.headers[.retryAfter] = String(max(1, seconds))
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
