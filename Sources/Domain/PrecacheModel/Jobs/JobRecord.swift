/// A job as its rows and counters say, without its results.
public struct JobRecord: Hashable, Sendable {
    /// The identifier.
    public var id: JobID
    /// The aggregate's name when the job was accepted.
    public var aggregate: AggregateName
    /// The aggregate's number.
    public var aggregateID: Int64
    /// The images, in the order asked for.
    public var images: [JobImage]
    /// How it may spend time and attempts.
    public var limits: JobLimits
    /// Where it stands.
    public var state: JobState
    /// Whether someone cancelled it; its state says so once every result is final.
    public var isCancelRequested: Bool
    /// Its hosts.
    public var hostsTotal: Int
    /// Hosts whose results are all final.
    public var hostsDone: Int
    /// Its results by outcome.
    public var results: OutcomeCounts
    /// Bytes that its results have fetched, as far as they are written down.
    public var bytesDone: Int64
    /// Bytes that all its results would need, of those whose size is known.
    public var bytesTotal: Int64
    /// When it was accepted.
    public var createdAt: Timestamp
    /// When the first host began.
    public var startedAt: Timestamp?
    /// When the last result became final.
    public var finishedAt: Timestamp?
    /// The job that this one tries again, if any.
    public var retryOf: JobID?
    /// Who asked.
    public var requestedBy: String?
    /// A remark for people, for example that there was nothing to do.
    public var note: String?

    /// Puts a record together.
    public init(
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
