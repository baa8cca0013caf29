/// A job as its rows and counters say, without its results.
package struct JobRecord: Hashable, Sendable {
    /// The identifier.
    package var id: JobID
    /// The aggregate's name when the job was accepted.
    package var aggregate: AggregateName
    /// The aggregate's number.
    package var aggregateID: Int64
    /// The images, in the order asked for.
    package var images: [JobImage]
    /// How it may spend time and attempts.
    package var limits: JobLimits
    /// Where it stands.
    package var state: JobState
    /// Whether someone cancelled it; its state says so once every result is final.
    package var isCancelRequested: Bool
    /// Its hosts.
    package var hostsTotal: Int
    /// Hosts whose results are all final.
    package var hostsDone: Int
    /// Its results by outcome.
    package var results: OutcomeCounts
    /// Bytes that its results have fetched, as far as they are written down.
    package var bytesDone: Int64
    /// Bytes that all its results would need, of those whose size is known.
    package var bytesTotal: Int64
    /// When it was accepted.
    package var createdAt: Timestamp
    /// When the first host began.
    package var startedAt: Timestamp?
    /// When the last result became final.
    package var finishedAt: Timestamp?
    /// The job that this one tries again, if any.
    package var retryOf: JobID?
    /// Who asked.
    package var requestedBy: String?
    /// A remark for people, for example that there was nothing to do.
    package var note: String?

    package init(
        id: JobID,
        aggregate: AggregateName,
        aggregateID: Int64,
        images: [JobImage],
        limits: JobLimits,
        state: JobState,
        isCancelRequested: Bool = false,
        hostsTotal: Int,
        hostsDone: Int,
        results: OutcomeCounts,
        bytesDone: Int64,
        bytesTotal: Int64,
        createdAt: Timestamp,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil,
        retryOf: JobID? = nil,
        requestedBy: String? = nil,
        note: String? = nil
    ) {
        self.id = id
        self.aggregate = aggregate
        self.aggregateID = aggregateID
        self.images = images
        self.limits = limits
        self.state = state
        self.isCancelRequested = isCancelRequested
        self.hostsTotal = hostsTotal
        self.hostsDone = hostsDone
        self.results = results
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.retryOf = retryOf
        self.requestedBy = requestedBy
        self.note = note
    }
}
