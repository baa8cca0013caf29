package import HTTPServing
package import HTTPTypes
package import PrecacheAPI

/// A refusal in the terms of RFC 9457, with a stable `code`.
package struct Problem: Error, Sendable {
    package var status: HTTPResponse.Status
    /// What programs tell it by, as the API document lists them.
    package var code: String
    /// What was wrong, for people; no secrets.
    package var detail: String
    /// What is wrong field by field.
    package var errors: [FieldProblem] = []
    package var headers: HTTPFields = [:]

    package init(_ status: HTTPResponse.Status, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// 400 `invalid_input`, or another code, with what is wrong field by field.
    package init(_ problems: InputProblems, code: String = "invalid_input") {
        let first = problems.list.first.map {
            $0.field.isEmpty ? "the body \($0.message)" : "\($0.field) \($0.message)"
        }
        let fields = problems.count == 1 ? "1 field is wrong" : "\(problems.count) fields are wrong"
        self.init(.badRequest, code, "\(fields): \(first ?? "")")
        errors = problems.list
    }

    /// What the server or the router refused; its codes are the API document's.
    package init(_ failure: HTTPFailure) {
        self.init(failure.status, failure.code, failure.message)
        headers = failure.headers
    }

    /// 400 `bad_request`, or another code, for a parameter of path or query.
    package static func parameter(
        _ name: String,
        _ message: String,
        code: String = "bad_request"
    ) -> Problem {
        var problem = Problem(.badRequest, code, "\(name): \(message)")
        problem.errors = [FieldProblem(name, message)]
        return problem
    }

    /// The same with a `Retry-After` field of whole seconds, at least 1.
    package func retryAfter(_ duration: Duration) -> Problem {
        var problem = self
        let (seconds, rest) = duration.components
        problem.headers[.retryAfter] = String(max(1, rest > 0 ? seconds + 1 : seconds))
        return problem
    }

    /// The answer, with the request's name, by which a log line is found.
    package func response(to request: Request) -> Response {
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
        headers[.requestID] = request.id
        return Response(status: status, headers: headers, body: .bytes(json.bytes))
    }
}

extension Problem: CustomStringConvertible {
    /// One line for a log: `502 agent_unreachable: no connection to …`.
    package var description: String { "\(status.code) \(code): \(detail)" }
}

extension HTTPField.Name {
    /// The request's id, by which log lines name it.
    package static let requestID = known("X-Request-Id")
}

extension Response {
    private static let jsonFields: HTTPFields = [
        .contentType: "application/json", .cacheControl: "no-store",
    ]

    /// A good answer of bytes that are JSON already.
    package static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: jsonFields, body: .bytes(bytes))
    }

    /// A good answer of text.
    package static func text(_ bytes: [UInt8], type: String = "text/plain; charset=utf-8") -> Response {
        Response(headers: [.contentType: type, .cacheControl: "no-store"], body: .bytes(bytes))
    }
}
