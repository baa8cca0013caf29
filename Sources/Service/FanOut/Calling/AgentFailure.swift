package import PrecacheModel

/// Why a task couldn't be followed to its end: applies to each of its images that has no outcome yet.
package struct AgentFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether it helps to try again.
    package enum Retry: Hashable, Sendable {
        /// Another attempt may end better.
        case retryable
        /// Another attempt would end the same.
        case permanent
    }

    /// Why.
    package var reason: Reason
    /// The same for people; holds no secret.
    package var detail: String
    /// Whether it helps to try again.
    package var retry: Retry
    /// How long the agent asked us to wait, if it did.
    package var retryAfter: Duration?

    /// Puts a failure together.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - detail: The same for people.
    ///   - retry: Whether it helps to try again; by default what the reason says.
    ///   - retryAfter: How long the agent asked us to wait.
    package init(reason: Reason, detail: String, retry: Retry? = nil, retryAfter: Duration? = nil) {
        self.reason = reason
        self.detail = detail
        self.retry = retry ?? (reason.isRetryable ? .retryable : .permanent)
        self.retryAfter = retryAfter
    }

    /// The failure as text, fit for logs.
    package var description: String { "\(reason.rawValue): \(detail)" }
}
