/// A job that has not ended, as the dispatcher needs it.
public struct OpenJob: Hashable, Sendable {
    /// The job.
    public var id: JobID
    /// How it may spend time and attempts.
    public var limits: JobLimits
    /// The job's own copy of its images; an image's ordinal is its index here.
    public var images: [ImageReference]
    /// All its hosts, done or not: what a parallelism in percent is a share of.
    public var hostsTotal: Int
    /// Whether someone asked to cancel it.
    public var isCancelRequested: Bool
    /// When it was accepted, by the wall clock; its deadline is `limits.deadline` after it.
    public var createdAt: Timestamp

    /// Puts a job together.
    public init(
        id: JobID,
        limits: JobLimits,
        images: [ImageReference],
        hostsTotal: Int,
        isCancelRequested: Bool,
        createdAt: Timestamp
    ) {
        self.id = id
        self.limits = limits
        self.images = images
        self.hostsTotal = hostsTotal
        self.isCancelRequested = isCancelRequested
        self.createdAt = createdAt
    }
}
