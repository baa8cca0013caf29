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
    /// How many of its results have each reason, of those that ended as `error`, `skipped` or `cancelled`.
    package var reasons: [Reason: Int]
    /// Bytes that its results have fetched, as far as they are written down.
    package var bytesDone: Int64
    /// Those among them that were fetched for results that aren't good: no host has an image of them.
    package var bytesInVain: Int64
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
    /// The policy that it was made for; nil if somebody asked.
    package var policy: PolicyName?
    /// When it was expected to end, as reckoned at its acceptance.
    package var predictedFinishAt: Timestamp?
    /// A remark for people, for example that there was nothing to do.
    package var note: String?
    /// What it was told of exchanges among its hosts.
    package var mesh: MeshRecord
    /// What crossed from zone to zone in those.
    package var crossings: Crossings
    /// The trace that the request for it was part of, or one of its own: whoever works for it is told.
    package var trace: TraceContext
    /// Rises with every change of what is said here: of two records of a job the newer one has the higher.
    package var revision: Int64

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
        reasons: [Reason: Int] = [:],
        bytesDone: Int64,
        bytesInVain: Int64 = 0,
        bytesTotal: Int64,
        createdAt: Timestamp,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil,
        retryOf: JobID? = nil,
        requestedBy: String? = nil,
        policy: PolicyName? = nil,
        predictedFinishAt: Timestamp? = nil,
        note: String? = nil,
        mesh: MeshRecord = MeshRecord(),
        crossings: Crossings = Crossings(),
        trace: TraceContext? = nil,
        revision: Int64 = 0
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
        self.reasons = reasons
        self.bytesDone = bytesDone
        self.bytesInVain = bytesInVain
        self.bytesTotal = bytesTotal
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.retryOf = retryOf
        self.requestedBy = requestedBy
        self.policy = policy
        self.predictedFinishAt = predictedFinishAt
        self.note = note
        self.mesh = mesh
        self.crossings = crossings
        self.trace = trace ?? TraceContext(of: id)
        self.revision = revision
    }
}

extension JobRecord {
    /// How long it has taken since its acceptance: until its end, or until now if it hasn't ended.
    package func elapsed(at now: Timestamp) -> Duration { max(.zero, (finishedAt ?? now) - createdAt) }
}

/// An image of a job, as shown with it.
package struct JobImage: Hashable, Sendable {
    /// The identifier.
    package var id: ImageID
    /// Its name when the job was accepted, if any.
    package var name: String?
    /// Its size when the job was accepted, if known.
    package var sizeBytes: Int64?
    /// Whether hosts of the job have exchanged it.
    package var isExchanged = false
    /// Bytes of it that the job's hosts read at its source, of results that are written down.
    package var fromSourceBytes: Int64 = 0
    /// Bytes of it that they had from each other.
    package var fromPeersBytes: Int64 = 0

    package init(id: ImageID, name: String?, sizeBytes: Int64?) {
        self.id = id
        self.name = name
        self.sizeBytes = sizeBytes
    }
}

/// Where a job stands, computed from its outcomes.
package enum JobState: String, Sendable, CaseIterable {
    /// Accepted; no host has begun.
    case queued
    /// At least one host has begun.
    case running
    /// Ended: no error, nothing skipped or cancelled. Also a job with nothing to do.
    case succeeded
    /// Ended: some good, some not.
    case partial
    /// Ended: none good.
    case failed
    /// Ended because someone cancelled it.
    case cancelled

    /// Whether the job has ended.
    package var isFinal: Bool { self != .queued && self != .running }
}

/// How many results of a job have each outcome.
package struct OutcomeCounts: Hashable, Sendable {
    private var counts: [Int]

    /// All zero.
    package init() { counts = Array(repeating: 0, count: Outcome.allCases.count) }

    /// The number of results with this outcome.
    package subscript(outcome: Outcome) -> Int {
        get { counts[Self.index(outcome)] }
        set { counts[Self.index(outcome)] = newValue }
    }

    /// All results.
    package var total: Int { counts.reduce(0, +) }

    /// Results that nothing will change any more.
    package var finished: Int { total - self[.pending] - self[.running] }

    /// The job's state that follows from these counts.
    ///
    /// - Parameters:
    ///   - cancelRequested: Whether someone cancelled the job.
    ///   - started: Whether a host has begun, or had begun before its work was queued again.
    /// - Returns: A final state once every result is final.
    package func state(cancelRequested: Bool, started: Bool) -> JobState {
        guard finished == total else { return started ? .running : .queued }
        if cancelRequested && self[.cancelled] > 0 { return .cancelled }
        let good = self[.cached] + self[.existing] + self[.unsupported]
        if good == total { return .succeeded }
        return good > 0 ? .partial : .failed
    }

    private static func index(_ outcome: Outcome) -> Int {
        switch outcome {
        case .pending: 0
        case .running: 1
        case .cached: 2
        case .existing: 3
        case .error: 4
        case .unsupported: 5
        case .skipped: 6
        case .cancelled: 7
        }
    }
}

/// Which jobs a caller wants to see, newest first.
package struct JobFilter: Hashable, Sendable {
    /// Only these states; empty for all.
    package var states: Set<JobState>
    /// Only of the aggregate with this name; nil for all.
    package var aggregate: AggregateName?
    /// Only those whose identifiers begin so, as ``JobID/prefix(_:)`` gives it; nil for all.
    package var idPrefix: String?
    /// Only those that this policy made; nil for all.
    package var policy: PolicyName?

    package init(
        states: Set<JobState> = [],
        aggregate: AggregateName? = nil,
        idPrefix: String? = nil,
        policy: PolicyName? = nil
    ) {
        self.states = states
        self.aggregate = aggregate
        self.idPrefix = idPrefix
        self.policy = policy
    }
}

/// Figures over all jobs and hosts that the store holds at one moment.
package struct ServiceStatistics: Hashable, Sendable {
    /// Jobs by state, as many as are kept.
    package var jobs: [JobState: Int]
    /// Results of jobs that haven't ended, by outcome.
    package var openResults: OutcomeCounts
    /// Hosts by state; disabled ones are in ``disabledHosts`` besides.
    package var hosts: [HostState: Int]
    /// Hosts that take no work.
    package var disabledHosts: Int
    /// When the oldest result still pending was accepted; nil if none is.
    package var oldestPendingSince: Timestamp?

    /// Puts figures together.
    package init(
        jobs: [JobState: Int] = [:],
        openResults: OutcomeCounts = OutcomeCounts(),
        hosts: [HostState: Int] = [:],
        disabledHosts: Int = 0,
        oldestPendingSince: Timestamp? = nil
    ) {
        self.jobs = jobs
        self.openResults = openResults
        self.hosts = hosts
        self.disabledHosts = disabledHosts
        self.oldestPendingSince = oldestPendingSince
    }
}
