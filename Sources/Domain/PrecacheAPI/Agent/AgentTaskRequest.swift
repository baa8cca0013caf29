/// The body of `PUT /v1/tasks/{task_id}`: everything that an agent needs to know for one attempt.
public struct AgentTaskRequest: Encodable, Hashable, Sendable {
    /// The job that the task belongs to, for logs.
    public var jobID: String
    /// The attempt's number, from 1; a report for an older attempt is void.
    public var attempt: Int
    /// The longest that the task may take, from 1 second.
    public var timeoutSeconds: Int
    /// How long the host is to keep each image from the moment it has it; nil for no promise.
    public var keepSeconds: Int?
    /// The images wanted, each id once.
    public var images: [AgentTaskImage]

    /// Puts a request together.
    public init(
        jobID: String,
        attempt: Int,
        timeoutSeconds: Int,
        keepSeconds: Int? = nil,
        images: [AgentTaskImage]
    ) {
        self.jobID = jobID
        self.attempt = attempt
        self.timeoutSeconds = timeoutSeconds
        self.keepSeconds = keepSeconds
        self.images = images
    }

    enum CodingKeys: String, CodingKey {
        case jobID = "job_id"
        case attempt
        case timeoutSeconds = "timeout_seconds"
        case keepSeconds = "keep_seconds"
        case images
    }
}
