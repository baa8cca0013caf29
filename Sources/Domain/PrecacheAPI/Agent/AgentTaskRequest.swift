/// The body of `PUT /v1/tasks/{task_id}`: everything that an agent needs to know for one attempt.
package struct AgentTaskRequest: Encodable, Hashable, Sendable {
    /// The job that the task belongs to, for logs.
    package var jobID: String
    /// The attempt's number, from 1; a report for an older attempt is void.
    package var attempt: Int
    /// The longest that the task may take, from 1 second.
    package var timeoutSeconds: Int
    /// How long the host is to keep each image from the moment it has it; nil for no promise.
    package var keepSeconds: Int?
    /// The images wanted, each id once.
    package var images: [AgentTaskImage]

    package init(
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
