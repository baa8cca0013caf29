import FanOut
import HTTPFetching
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// What an agent's refusal of a task means: a status other than 200, with a problem document (RFC 9457) at best.
enum AgentAnswer {
    /// The failure for an answer.
    ///
    /// - Parameters:
    ///   - status: the status, not 200.
    ///   - retryAfter: the `Retry-After` header; only its form in seconds is understood.
    ///   - body: the beginning of the body.
    /// - Returns: a failure, with the agent's own words in it where they can be read.
    static func failure(status: Int, retryAfter: String?, body: [UInt8]) -> AgentFailure {
        let wait = retryAfter.flatMap { Int($0) }.map { Duration.seconds(min(max($0, 0), 86_400)) }
        let words = ProblemWords.read(body)
        let detail = "The agent answered \(status)" + (words.isEmpty ? "" : ": \(words)")
        return switch status {
        case 401, 403: AgentFailure(reason: .agentUnauthorized, detail: detail)
        case 421: AgentFailure(reason: .wrongHost, detail: detail, retry: .permanent)
        case 429, 502, 503, 504: AgentFailure(reason: .agentUnreachable, detail: detail, retryAfter: wait)
        // Another attempt has another number, and so no conflict.
        case 409: AgentFailure(reason: .agentProtocol, detail: detail, retry: .retryable)
        case 500...: AgentFailure(reason: .agentProtocol, detail: detail, retry: .retryable, retryAfter: wait)
        default: AgentFailure(reason: .agentProtocol, detail: detail, retry: .permanent)
        }
    }

    /// Whether an agent says that it has too much in hand to take the order now.
    static func isOverloaded(_ body: [UInt8]) -> Bool {
        (try? JSONParser.parse(body))?["code"]?.text == "overloaded"
    }

    /// Whether an agent of an older version says that it knows no member `host`.
    static func refusesHost(_ body: [UInt8]) -> Bool {
        guard let errors = (try? JSONParser.parse(body))?["errors"]?.items else { return false }
        return errors.contains {
            $0["field"]?.text == "host" && $0["message"]?.text?.hasPrefix("is not known") == true
        }
    }
}

extension AgentFailure {
    /// What it means for a task that its agent could not be talked to.
    init(_ error: FetchError) {
        let isRefused = error.code == .tls && error.retry == .permanent
        let what =
            switch error.code {
            case .tls where isRefused: "and the service don't trust each other"
            case .resolve, .connect: "can't be reached"
            default: "can't be followed"
            }
        let detail = "The agent \(what): \(error.message)"
        let retry: Retry = error.retry == .permanent ? .permanent : .retryable
        switch error.code {
        case .tls where isRefused:
            self.init(reason: .agentUnauthorized, detail: detail)
        case .idle, .timeout, .tooSlow:
            self.init(reason: .agentTimeout, detail: detail)
        case .protocolViolation, .tooLarge, .tooManyRedirects, .refusedRedirect:
            self.init(reason: .agentProtocol, detail: detail)
        case .cancelled:
            self.init(reason: .cancelled, detail: "Nobody waits for the agent any more", retry: .retryable)
        case .badURL, .refusedAddress, .other:
            self.init(reason: .agentUnreachable, detail: detail, retry: retry)
        case .resolve, .connect, .closed, .tls:
            self.init(reason: .agentUnreachable, detail: detail)
        }
    }
}
