internal import FanOut
internal import HTTPFetching
internal import PrecacheModel

extension AgentFailure {
    /// What it means for a task that its agent could not be talked to.
    init(_ error: FetchError) {
        let detail = "The agent cannot be followed: \(error.message)"
        let retry: Retry = error.retry == .permanent ? .permanent : .retryable
        switch error.code {
        case .tls where error.retry == .permanent:
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
