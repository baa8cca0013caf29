import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension Problem {
    /// What the store couldn't do, as an answer: 404 and 409 are the caller's, 503 is ours.
    init(_ error: StoreError) {
        switch error.code {
        case .notFound:
            let known = ["aggregate", "host", "image", "job", "webhook"].contains(error.subject)
            self.init(.notFound, known ? "\(error.subject)_not_found" : "not_found", error.message)
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
        case .full:
            self = Self.unavailable("storage_full", error, after: .seconds(30))
        case .busy:
            self = Self.unavailable("storage_unavailable", error, after: .seconds(1))
        case .readOnly, .corrupt, .newerSchema, .failed:
            self = Self.unavailable("storage_unavailable", error, after: .seconds(30))
        case .closed:
            self = Self.unavailable("not_ready", error, after: .seconds(5))
        }
    }

    private static func unavailable(_ code: String, _ error: StoreError, after: Duration) -> Problem {
        let what =
            switch error.code {
            case .full: "the service's disk is full: nothing can be accepted until it has room"
            case .busy: "another program holds the service's database"
            case .readOnly: "the service's database is read-only"
            case .corrupt: "the service's database is damaged"
            case .closed: "the service is stopping"
            default: "the service's database doesn't work now"
            }
        return Problem(.serviceUnavailable, code, what).retryAfter(after)
    }
}
