/// One image of a task in an agent's `GET /v1/tasks/{task_id}`.
public struct AgentTaskImageState: Codable, Hashable, Sendable {
    /// The image's id.
    public var imageID: String
    /// `running`, or its final outcome.
    public var outcome: String
    /// Why, unless the outcome is good.
    public var reason: String?
    /// More for people.
    public var detail: String?
    /// Bytes of the image on the host's disk.
    public var bytesDone: Int64
    /// The image's size, if known.
    public var bytesTotal: Int64?

    /// Puts a state together.
    public init(
        imageID: String,
        outcome: String,
        reason: String?,
        detail: String?,
        bytesDone: Int64,
        bytesTotal: Int64?
    ) {
        self.imageID = imageID
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }

    enum CodingKeys: String, CodingKey {
        case imageID = "image_id"
        case outcome
        case reason
        case detail
        case bytesDone = "bytes_done"
        case bytesTotal = "bytes_total"
    }

    /// Writes every field, absent ones as null.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(imageID, forKey: .imageID)
        try fields.encode(outcome, forKey: .outcome)
        try fields.encode(reason, forKey: .reason)
        try fields.encode(detail, forKey: .detail)
        try fields.encode(bytesDone, forKey: .bytesDone)
        try fields.encode(bytesTotal, forKey: .bytesTotal)
    }
}
