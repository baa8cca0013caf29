/// How an attempt ended, before anyone judges what that means.
enum AttemptEnd: Hashable, Sendable {
    /// The agent said that the task is at its end.
    case finished
    /// The task couldn't be followed to its end.
    case failed(AgentFailure)
    /// The attempt's time was up.
    case timedOut
}
