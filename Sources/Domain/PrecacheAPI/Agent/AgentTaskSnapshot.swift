/// A task as an agent knows it: an element of `GET /v1/tasks`, the answer to `GET /v1/tasks/{task_id}`.
public struct AgentTaskSnapshot: Codable, Hashable, Sendable {
    /// The task's id, chosen by the service.
    public var taskID: String
    /// The job that it belongs to.
    public var jobID: String
    /// The attempt's number, from 1.
    public var attempt: Int
    /// `running` or `finished`.
    public var state: String
    /// Its images, in the task's order.
    public var images: [AgentTaskImageState]

    /// Puts a snapshot together.
    public init(taskID: String, jobID: String, attempt: Int, state: String, images: [AgentTaskImageState]) {
        self.taskID = taskID
        self.jobID = jobID
        self.attempt = attempt
        self.state = state
        self.images = images
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case jobID = "job_id"
        case attempt
        case state
        case images
    }
}
