/// What became of one image on one host in one job.
@dynamicMemberLookup
package struct ResultRecord: Hashable, Sendable {
    /// The host.
    package var host: HostName
    /// The image.
    package var imageID: ImageID
    /// The host's number within the job, from 0.
    package var hostOrdinal: Int
    /// The image's place in the job's list, from 0.
    package var imageOrdinal: Int
    /// What became of it so far.
    package var result: ImageOutcome
    /// Attempts begun.
    package var attempts: Int
    /// When the first attempt began.
    package var startedAt: Timestamp?
    /// When the outcome became final.
    package var finishedAt: Timestamp?

    package init(
        host: HostName,
        imageID: ImageID,
        hostOrdinal: Int = 0,
        imageOrdinal: Int = 0,
        _ result: ImageOutcome,
        attempts: Int = 0,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil
    ) {
        self.host = host
        self.imageID = imageID
        self.hostOrdinal = hostOrdinal
        self.imageOrdinal = imageOrdinal
        self.result = result
        self.attempts = attempts
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    /// A field of the outcome.
    package subscript<Value>(dynamicMember field: KeyPath<ImageOutcome, Value>) -> Value {
        result[keyPath: field]
    }
}

/// What became of an image on a host, with the job that it was for.
package struct HostResult: Hashable, Sendable {
    package var job: JobID
    package var result: ResultRecord

    package init(job: JobID, result: ResultRecord) {
        self.job = job
        self.result = result
    }
}

/// Which results of a job a caller wants to see, by host and then by image in the job's order.
package struct ResultFilter: Hashable, Sendable {
    /// Only of this host; nil for all.
    package var host: HostName?
    /// Only of this image; nil for all.
    package var image: ImageID?
    /// Only these outcomes; empty for all.
    package var outcomes: Set<Outcome>
    /// Only of this reason; nil for all.
    package var reason: Reason?

    package init(
        host: HostName? = nil,
        image: ImageID? = nil,
        outcomes: Set<Outcome> = [],
        reason: Reason? = nil
    ) {
        self.host = host
        self.image = image
        self.outcomes = outcomes
        self.reason = reason
    }
}

/// One step of a job's history, written in the transaction that took it.
package struct EventRecord: Hashable, Sendable {
    /// What happened.
    package enum Kind: Hashable, Sendable {
        /// The job's state became this; the first event of a job says `queued`.
        case state(JobState)
        /// An image on a host came to this final outcome.
        case outcome(host: HostName, image: ImageID, ImageOutcome, attempts: Int)
        /// An attempt on a host ended without a final outcome for every image, and another will follow.
        case retrying(host: HostName, attempt: Int, reason: Reason?, detail: String?, notBefore: Timestamp?)
        /// Something that people are told of an exchange, in words that say what the host did.
        case exchange(MeshNote.Kind, host: HostName, image: ImageID, words: String)
        /// Someone asked to cancel the job.
        case cancelRequested(by: String?)
    }

    /// Rises from event to event over all jobs.
    package var id: Int64
    /// The job.
    package var jobID: JobID
    /// The aggregate that the job is for.
    package var aggregate: AggregateName
    /// When.
    package var at: Timestamp
    /// What.
    package var kind: Kind
    /// What the job came to, of the event that says that it has ended.
    package var totals: JobTotals?

    package init(
        id: Int64,
        jobID: JobID,
        aggregate: AggregateName,
        at: Timestamp,
        kind: Kind,
        totals: JobTotals? = nil
    ) {
        self.id = id
        self.jobID = jobID
        self.aggregate = aggregate
        self.at = at
        self.kind = kind
        self.totals = totals
    }
}

/// Which events of all jobs a caller wants to see.
package struct EventFilter: Hashable, Sendable {
    /// Only these types; empty for all.
    package var types: Set<EventType>
    /// Only of jobs for these aggregates; empty for all.
    package var aggregates: Set<AggregateName>
    /// Only outcomes that are one of these; empty for all, and then events of other types are no less wanted.
    package var outcomes: Set<Outcome>

    package init(
        types: Set<EventType> = [],
        aggregates: Set<AggregateName> = [],
        outcomes: Set<Outcome> = []
    ) {
        self.types = types
        self.aggregates = aggregates
        self.outcomes = outcomes
    }

    /// Whether it wants an event.
    package func wants(_ event: EventRecord) -> Bool {
        guard types.isEmpty || types.contains(event.type) else { return false }
        guard aggregates.isEmpty || aggregates.contains(event.aggregate) else { return false }
        guard !outcomes.isEmpty, case .outcome(_, _, let outcome, _) = event.kind else { return true }
        return outcomes.contains(outcome.outcome)
    }
}

/// How far the events of all jobs can be told.
package struct EventHorizon: Hashable, Sendable {
    /// Up to this event all that there are, or ever will be, can be read.
    package var whole: Int64
    /// The last one that there may be; those between are waited for.
    package var last: Int64

    package init(whole: Int64, last: Int64) {
        self.whole = whole
        self.last = last
    }
}

/// Events in their order, and how far was looked for them.
package struct EventPage: Hashable, Sendable {
    package var events: [EventRecord]
    /// Up to this event all have been looked at; whoever goes on after it misses none.
    package var last: Int64
    /// Whether there may be more already.
    package var hasMore: Bool

    package init(events: [EventRecord], last: Int64, hasMore: Bool) {
        self.events = events
        self.last = last
        self.hasMore = hasMore
    }
}

/// How many results of a job have each outcome and, of those that aren't good, each reason.
package struct JobTotals: Hashable, Sendable {
    package var results: OutcomeCounts
    package var reasons: [Reason: Int]

    package init(results: OutcomeCounts, reasons: [Reason: Int]) {
        self.results = results
        self.reasons = reasons
    }
}

/// The names of a job's events, in the order in which a job may have them.
package enum EventType: String, Sendable, CaseIterable {
    /// The job was accepted.
    case accepted
    /// Its first host has begun.
    case started
    /// A host reads the source for the others (``MeshNote/Kind``, as the four that follow).
    case seed
    /// A host found nobody who had what was missing.
    case starved
    /// A host gave another something wrong.
    case peerFault = "peer_fault"
    /// A host reached none of its neighbours, and fetches for itself.
    case alone
    /// A host is kept out of exchanges for a while.
    case barred
    /// An image on a host came to its final outcome.
    case outcome
    /// An attempt ended and another will follow.
    case attempt
    /// Someone asked to cancel the job.
    case cancelRequested = "cancel_requested"
    /// The job has ended.
    case finished
}

extension EventType {
    package init(_ kind: MeshNote.Kind) {
        self =
            switch kind {
            case .seed: .seed
            case .starved: .starved
            case .peerFault: .peerFault
            case .alone: .alone
            case .barred: .barred
            }
    }
}

extension EventRecord {
    /// What the event is called: its `type` on the wire.
    package var type: EventType {
        switch kind {
        case .state(.queued): .accepted
        case .state(.running): .started
        case .state: .finished
        case .outcome: .outcome
        case .retrying: .attempt
        case .exchange(let kind, _, _, _): EventType(kind)
        case .cancelRequested: .cancelRequested
        }
    }
}
