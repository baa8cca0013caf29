import FoundationEssentials
import HTTPTypes

/// A call that didn't give what was asked for: what happened, in whose words, and what to do next.
///
/// Holds no secret: neither the token nor any body that was sent.
package struct ClientError: Error, Sendable, Hashable {
    /// What became of the call, as exit statuses and retries tell them apart.
    package enum Kind: Sendable, Hashable {
        /// No complete answer: not reached, not ready, or the connection broke.
        case noAnswer
        /// The service refused the credentials, or they don't allow this (401, 403).
        case notAllowed
        /// There is no such thing (404).
        case notFound
        /// The service refused the request (other 4xx).
        case refused
        /// The service failed (5xx but 502 to 504).
        case failed
        /// The answer isn't what this version of the client understands.
        case unreadable
        /// The client's own settings or input are wrong; nothing was sent.
        case input
        /// The call was cancelled from here.
        case cancelled
    }

    /// A field that the service refused.
    package struct Field: Sendable, Hashable {
        /// Where in the request, for example `cache[0].id`.
        package let field: String
        /// What is wrong with it.
        package let message: String

        package init(field: String, message: String) {
            self.field = field
            self.message = message
        }
    }

    /// What became of the call.
    package var kind: Kind
    /// One sentence without a full stop.
    package var message: String
    /// The service's code of the error, for example `aggregate_not_found`.
    package var code: String?
    /// The status of the answer.
    package var status: Int?
    /// Each field that was refused.
    package var fields: [Field]
    /// The request's id, by which the service's log names it.
    package var requestID: String?
    /// What to do next.
    package var hint: String?
    /// Whether the very same call may do better a little later.
    package var isTransient: Bool
    /// Whether the service may have got the call although no answer came back.
    package var isAnswerLost = false

    /// Whether the service refused fields of the request, and its message only sums them up.
    package var isOfFields: Bool { status == 400 && !fields.isEmpty }

    package init(
        _ kind: Kind,
        _ message: String,
        code: String? = nil,
        status: Int? = nil,
        fields: [Field] = [],
        requestID: String? = nil,
        hint: String? = nil,
        isTransient: Bool = false
    ) {
        self.kind = kind
        self.message = message
        self.code = code
        self.status = status
        self.fields = fields
        self.requestID = requestID
        self.hint = hint
        self.isTransient = isTransient
    }
}

extension ClientError {
    /// The parts of a problem document (RFC 9457) that are shown; every one may be missing, because what answers
    /// may be a proxy.
    private struct Problem: Decodable {
        struct Field: Decodable {
            let field: String?
            let message: String?
        }
        let title: String?
        let detail: String?
        let code: String?
        let errors: [Field]?
        let requestID: String?

        private enum CodingKeys: String, CodingKey {
            case title
            case detail
            case code
            case errors
            case requestID = "request_id"
        }
    }

    /// The error that an answer other than 2xx stands for.
    package init(answer: ServiceAnswer, address: String) {
        let status = answer.status.code
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.body))
        let reason = answer.status.reasonPhrase
        let wording =
            problem?.detail ?? problem?.title
            ?? "\(address) answered \(status)\(reason.isEmpty ? "" : " \(reason)") and no more"
        self.init(
            Self.kind(of: status),
            wording.hasSuffix(".") ? String(wording.dropLast()) : wording,
            code: problem?.code,
            status: status,
            fields: (problem?.errors ?? []).map { Field(field: $0.field ?? "", message: $0.message ?? "") },
            requestID: problem?.requestID ?? answer.requestID,
            hint: Self.hint(for: answer, code: problem?.code, address: address),
            isTransient: status == 429 || status >= 500
        )
    }

    private static func kind(of status: Int) -> Kind {
        switch status {
        case 401, 403: .notAllowed
        case 404: .notFound
        case 429, 502...504: .noAnswer
        case 500...: .failed
        case 400..<500: .refused
        default: .unreadable
        }
    }

    private static func hint(for answer: ServiceAnswer, code: String?, address: String) -> String? {
        switch answer.status.code {
        case 400 where address.hasPrefix(ServiceAddress.plain) && code == nil:
            return "If HTTPS is spoken there, set PRECACHE_URL or --url to an address with https://."
        case 404 where code == nil || code == "not_found":
            let place = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
            guard place.count > 2 else { return nil }
            return "The address has the path '/\(place[2])', and the API's own paths come after it."
                + " Is it \(place[0])//\(place[1])?"
        case 502 where code == "agent_unauthorized":
            return "The service's agents.token or certificate isn't what that agent expects."
        case 502 where code == "wrong_host":
            return "Mend the host's address, or the setting 'host' of the agent that listens there."
        case 502 where code?.hasPrefix("agent_") == true, 504 where code?.hasPrefix("agent_") == true:
            return
                "See that precache-agent runs there, and where the inventory says: precache host show HOST."
        case 401:
            return "Set PRECACHE_TOKEN or --token-file to a token of this service"
                + " (on its machine `runuser -u precache -- precached token create --role operator --name NAME` makes one)."
        case 403:
            return "The token's role doesn't allow this: jobs need operator, the inventory needs admin."
        case 429, 503:
            let wait = answer.headers[.retryAfter].flatMap { Int($0) }
            return wait.map { "Try again in \($0) s." } ?? "Try again in a little while."
        case 502, 504:
            return "A proxy answered in the service's place: see that precached is running."
        case 500...:
            return "precached's log tells more under this request id."
        case 300..<400:
            return "Set PRECACHE_URL or --url to the service's own address; redirects aren't followed."
        default:
            return nil
        }
    }
}
