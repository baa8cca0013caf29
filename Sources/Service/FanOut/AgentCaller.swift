package import PrecacheModel

/// Reaches agents: the dispatcher's only way to a host.
package protocol AgentCaller: Sendable {
    /// Runs a task on a host, or attaches to it if the agent knows it, and follows it to its end.
    ///
    /// Returns when the agent has said that every image has an outcome. Events come in order, from any thread, each
    /// before this returns or throws; none comes after. `onEvent` returns at once and never blocks. An implementation
    /// attaches again by itself after a cut connection, a bounded number of times, and sees to silence and to
    /// connections that don't come about; the time limit of the attempt as a whole is the dispatcher's.
    ///
    /// When the calling Swift task is cancelled it returns promptly, leaving the agent to go on with the work: that is
    /// how a service stops. Stopping the agent's work is ``cancel(_:)``.
    ///
    /// - Parameters:
    ///   - task: What to do.
    ///   - agent: Where.
    ///   - onEvent: Takes the task's acceptance, progress and outcomes.
    /// - Throws: ``AgentFailure`` if the task couldn't be followed to its end. Outcomes that were delivered before
    ///   stand.
    func run(
        _ task: AgentTask,
        on agent: AgentPlace,
        onEvent: @escaping @Sendable (AgentEvent) -> Void
    ) async throws(AgentFailure)

    /// Asks the agent to stop a task, as well as it can within a short time (best effort, no error); its images don't
    /// matter.
    ///
    /// The task's images that aren't done then come out as `cancelled` through ``run(_:on:onEvent:)``, if it still runs.
    func cancel(_ task: AgentTask, on agent: AgentPlace) async
}

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
