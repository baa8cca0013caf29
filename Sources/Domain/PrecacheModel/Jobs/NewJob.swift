/// A job to be accepted: these images on the hosts that the aggregate has at the moment of acceptance.
public struct NewJob: Hashable, Sendable {
    /// The job's identifier, chosen by the service.
    public var id: JobID
    /// The aggregate's number; its hosts are read in the transaction that writes the job.
    public var aggregateID: Int64
    /// The images, each once, with all that is known of them.
    public var images: [ImageReference]
    /// How it may spend time and attempts.
    public var limits: JobLimits
    /// Who asked: the token's name, or nil without authentication.
    public var requestedBy: String?

    /// Puts a job together.
    public init(
        id: JobID,
        aggregateID: Int64,
        images: [ImageReference],
        limits: JobLimits,
        requestedBy: String? = nil
    ) {
        self.id = id
        self.aggregateID = aggregateID
        self.images = images
        self.limits = limits
        self.requestedBy = requestedBy
    }
}
