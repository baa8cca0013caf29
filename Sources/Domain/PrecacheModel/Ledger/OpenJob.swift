/// A job that has not ended, as the dispatcher needs it.
package struct OpenJob: Hashable, Sendable {
    /// The job.
    package var id: JobID
    /// How it may spend time and attempts.
    package var limits: JobLimits
    /// The job's own copy of its images; an image's ordinal is its index here.
    package var images: [ImageReference]
    /// All its hosts, done or not: what a parallelism in percent is a share of.
    package var hostsTotal: Int
    /// Whether someone asked to cancel it.
    package var isCancelRequested: Bool
    /// When it was accepted, by the wall clock; its deadline is `limits.deadline` after it.
    package var createdAt: Timestamp

    package init(
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
