/// A job to be accepted: these images on the hosts that the aggregate has at the moment of acceptance.
package struct NewJob: Hashable, Sendable {
    /// The job's identifier, chosen by the service.
    package var id: JobID
    /// The aggregate; it is looked up, and its hosts are read, in the transaction that writes the job.
    package var aggregate: AggregateKey
    /// The images, each once, with all that is known of them.
    package var images: [ImageReference]
    /// How it may spend time and attempts.
    package var limits: JobLimits
    /// Who asked: the token's name, or nil without authentication.
    package var requestedBy: String?

    package init(
        id: JobID,
        aggregate: AggregateKey,
        images: [ImageReference],
        limits: JobLimits,
        requestedBy: String? = nil
    ) {
        self.id = id
        self.aggregate = aggregate
        self.images = images
        self.limits = limits
        self.requestedBy = requestedBy
    }
}
