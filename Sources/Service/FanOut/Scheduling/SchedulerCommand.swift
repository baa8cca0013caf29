import PrecacheModel

/// What the scheduler wants done outside.
enum SchedulerCommand: Hashable, Sendable {
    /// Run a task, and say how it goes under this key.
    case start(AttemptKey, AgentTask, on: AgentPlace)
    /// Ask the agent to stop a task.
    case cancelAtAgent(AgentTask, on: AgentPlace)
    /// Stop listening to a task; its end has been decided.
    case abandon(AttemptKey)
}
