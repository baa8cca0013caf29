/// The body of `PUT /v1/tasks/{task_id}`: everything that an agent needs to know for one attempt.
public struct AgentTaskRequest: Codable, Hashable, Sendable {
    /// The job that the task belongs to, for logs.
    public var jobID: String
    /// The attempt's number, from 1; a report for an older attempt is void.
    public var attempt: Int
    /// The longest that the task may take, from 1 second.
    public var timeoutSeconds: Int
    /// The images wanted, each id once.
    public var images: [AgentTaskImage]

    /// Puts a request together.
    public init(jobID: String, attempt: Int, timeoutSeconds: Int, images: [AgentTaskImage]) {
        self.jobID = jobID
        self.attempt = attempt
        self.timeoutSeconds = timeoutSeconds
        self.images = images
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case jobID = "job_id"
        case attempt
        case timeoutSeconds = "timeout_seconds"
        case images
    }

    /// Decodes strictly: a field that isn't known is an error that names it.
    public init(from decoder: any Decoder) throws {
        try KnownFields.check(decoder, CodingKeys.self)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        jobID = try fields.decode(String.self, forKey: .jobID)
        attempt = try fields.decode(Int.self, forKey: .attempt)
        timeoutSeconds = try fields.decode(Int.self, forKey: .timeoutSeconds)
        images = try fields.decode([AgentTaskImage].self, forKey: .images)
    }
}
