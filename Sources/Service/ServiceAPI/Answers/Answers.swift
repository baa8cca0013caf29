import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// Good answers.
enum Answers {
    /// An object with one member.
    static func one(
        _ name: StaticString,
        status: HTTPResponse.Status = .ok,
        _ value: (inout JSONWriter) -> Void
    ) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.key(name)
            value(&json)
        }
        return .json(json.bytes, status: status)
    }

    /// One page of a list, with `next`.
    static func page<Item>(
        _ name: StaticString,
        _ page: Page<Item>,
        _ element: (inout JSONWriter, Item) -> Void
    ) -> Response {
        var json = JSONWriter(capacity: 256 * (page.items.count + 1))
        json.object { json in
            json.array(name, page.items, element)
            json.member("next", page.next?.description)
        }
        return .json(json.bytes)
    }

    /// A job that is durable: 202 with its place.
    static func accepted(_ job: JobRecord, at now: Timestamp, isReplay: Bool = false) -> Response {
        var response = one("job", status: .accepted) { $0.job(job, at: now) }
        response.headers[.location] = "/v1/jobs/\(job.id.text)"
        if isReplay { response.headers[.idempotentReplayed] = "true" }
        return response
    }

    /// 204.
    static func nothing() -> Response { Response(status: .noContent) }
}

extension HTTPField.Name {
    /// Says that a request was answered before, under its `Idempotency-Key`, and did nothing this time.
    static let idempotentReplayed = known("Idempotent-Replayed")
}

extension Problem {
    /// 404 with the thing's own code.
    static func missing(_ subject: String, _ name: String) -> Problem {
        let shown = name.count > 80 ? String(name.prefix(80)) + "…" : name
        return Problem(.notFound, missingCode(subject), "there is no \(subject) '\(shown)'")
    }

    private static func missingCode(_ subject: String) -> String {
        let known = ["aggregate", "host", "image", "job", "policy", "webhook"].contains(subject)
        return known ? "\(subject)_not_found" : "not_found"
    }

    /// What an agent's failure is to a caller: the service is fine, what stands behind it isn't (RFC 9110, 502 and 504).
    init(_ trouble: AgentTrouble) {
        switch trouble.reason {
        case .agentTimeout: self.init(.gatewayTimeout, trouble.reason.rawValue, trouble.detail)
        case .agentUnreachable, .agentUnauthorized, .wrongHost, .agentProtocol:
            self.init(.badGateway, trouble.reason.rawValue, trouble.detail)
        default: self.init(.internalServerError, "internal", trouble.detail)
        }
    }

    /// What the store couldn't do, as an answer: 404 and 409 are the caller's, 503 is ours.
    init(_ error: StoreError) {
        switch error.code {
        case .notFound:
            self.init(.notFound, Self.missingCode(error.subject), error.message)
        case .conflict:
            self.init(.conflict, error.subject == "job" ? "job_not_finished" : "conflict", error.message)
        case .idempotencyConflict:
            self.init(.conflict, "idempotency_conflict", error.message)
        case .badCursor:
            self.init(.badRequest, "bad_cursor", error.message)
            errors = [FieldProblem("after", error.message)]
        case .tooMany:
            self.init(.tooManyRequests, "too_many_jobs", error.message)
            self = retryAfter(.seconds(10))
        case .tooLarge:
            self.init(.badRequest, "job_too_large", error.message)
        case .full:
            self = Self.unavailable("storage_full", error, after: .seconds(30))
        case .busy:
            self = Self.unavailable("storage_unavailable", error, after: .seconds(1))
        case .readOnly, .corrupt, .moved, .newerSchema, .failed:
            self = Self.unavailable("storage_unavailable", error, after: .seconds(30))
        case .closed:
            self = Self.unavailable("not_ready", error, after: .seconds(5))
        }
    }

    private static func unavailable(_ code: String, _ error: StoreError, after: Duration) -> Problem {
        let what =
            switch error.code {
            case .full: "the service's disk is full: nothing can be accepted until it has room"
            case .busy: "the service's database is busy, or doesn't answer"
            case .readOnly: "the service's database is read-only"
            case .corrupt: "the service's database is damaged"
            case .moved:
                "the service's database was moved away or replaced: nothing can be accepted until that is mended"
            case .closed: "the service is stopping"
            default: "the service's database doesn't work now"
            }
        return Problem(.serviceUnavailable, code, what).retryAfter(after)
    }
}
