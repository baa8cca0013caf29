/// The answer to an agent's `GET /v1/tasks`.
public struct AgentTaskList: Codable, Hashable, Sendable {
    /// Running tasks, and those that finished lately, by id.
    public var tasks: [AgentTaskSnapshot]

    /// Puts a list together.
    public init(tasks: [AgentTaskSnapshot]) { self.tasks = tasks }
}
